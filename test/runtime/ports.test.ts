import { createServer, type Server } from 'node:net';
import { choosePort, isFree } from '../../runtime/ports';

describe('a port', () => {
  let server: Server;
  let used: number;
  beforeAll(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    used = (server.address() as { port: number }).port;
  });
  afterAll(() => server.close());
  const wish = { what: 'a test', key: 'stack.postgresPort' };

  it('that is configured is taken, or refused when it is in use', async () => {
    await expect(choosePort({ ...wish, from: 1, configured: used })).rejects.toMatchObject({
      problem: {
        code: 'port_in_use',
        place: 'stack.postgresPort',
        message: expect.stringContaining(String(used)),
      },
    });
  });

  it('that is not is the last one, when that is free', async () => {
    const other = await choosePort({ ...wish, from: used });
    expect(await choosePort({ ...wish, from: 20_000, last: other })).toBe(other);
  });

  it('is else the next free one that no other part has', async () => {
    const next = await choosePort({ ...wish, from: used, last: used });
    expect(next).toBeGreaterThan(used);
    expect(await isFree(next)).toBe(true);
    const after = await choosePort({ ...wish, from: used }, new Set([next]));
    expect(after).toBeGreaterThan(next);
  });

  it('that another stack has claimed is left to it, also while nobody listens yet', async () => {
    const next = await choosePort({ ...wish, from: used });
    const claimed = await choosePort({ ...wish, from: used }, new Set(), (port) => port !== next);
    expect(claimed).toBeGreaterThan(next);
  });
});
