import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { patiently } from '../../../client/core/patience';

/** A service on a port of its own that nobody listens on yet. */
async function absentService(): Promise<{ server: Server; ask(): Promise<string>; listen(): Promise<void> }> {
  const server = createServer((socket) => socket.end('here'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return {
    server,
    async listen() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async ask() {
      try {
        const [data] = (await once(connect(port, '127.0.0.1'), 'data')) as [Buffer];
        return data.toString();
      } catch (cause) {
        // Node's own errors are of another realm than jest's: to `instanceof` they are no errors.
        const { message, code } = cause as NodeJS.ErrnoException;
        throw Object.assign(new Error(message), { code });
      }
    },
  };
}

describe('a command whose stack goes away', () => {
  it('connects anew and goes on when it is back', async () => {
    const service = await absentService();
    let renewals = 0;
    const renew = async (): Promise<void> => {
      if (++renewals === 2) await service.listen();
      else throw new Error('still away');
    };
    expect(await patiently({ renew }, service.ask)).toBe('here');
    expect(renewals).toBe(2);
    service.server.close();
  });

  it('gives up, with what was wrong, when it stays away', async () => {
    const service = await absentService();
    const renew = (): Promise<void> => Promise.resolve();
    await expect(patiently({ renew }, service.ask, 0)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('does not try again what failed for another reason', async () => {
    let asked = 0;
    const work = (): Promise<never> => {
      asked++;
      return Promise.reject(new Error('no such run'));
    };
    await expect(patiently({ renew: () => Promise.resolve() }, work)).rejects.toThrow('no such run');
    expect(asked).toBe(1);
  });
});
