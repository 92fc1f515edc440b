import { createServer, type AddressInfo, type Server } from 'node:net';
import { SluiceError } from '../../schemas/errors';
import { createPostgresWarehouse } from '../../warehouses/postgres/warehouse';

/** A server that lets everybody in, says its version, and notes whatever it is asked. */
async function serverOf(version: string): Promise<{ server: Server; port: number; asked: Buffer[] }> {
  const message = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(5);
    head.write(type);
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const asked: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.on('data', (data) => asked.push(data));
      socket.write(
        Buffer.concat([
          message('R', Buffer.alloc(4)), // AuthenticationOk
          message('S', Buffer.from(`server_version\0${version}\0`)),
          message('Z', Buffer.from('I')),
        ]),
      );
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { server, port: (server.address() as AddressInfo).port, asked };
}

test.each([
  ['13.4', 'crm-dw is PostgreSQL 13.4; Sluice supports 14 to 18.', /Upgrade/],
  ['9.6.24', 'crm-dw is PostgreSQL 9.6.24; Sluice supports 14 to 18.', /Upgrade/],
  ['19beta1', 'crm-dw is PostgreSQL 19beta1; Sluice supports 14 to 18.', /newer Sluice/],
])(
  'a warehouse of PostgreSQL %s is refused at first contact, before any statement',
  async (version, message, next) => {
    const { server, port, asked } = await serverOf(version);
    const login = { user: 'u', password: 'p' };
    const warehouse = createPostgresWarehouse({
      ...{ name: 'crm-dw', environment: 'staging', host: '127.0.0.1', port, database: 'd' },
      ...{ reader: login, writer: login },
    });
    try {
      for (const contact of [
        () => warehouse.live.read((session) => session.query('select 1')),
        () => warehouse.live.write((session) => session.execute('select 1'), { applicationName: 't' }),
        () => warehouse.describe(),
        () => warehouse.structure(),
      ]) {
        const error = (await contact().catch((cause: unknown) => cause)) as SluiceError;
        expect(error).toBeInstanceOf(SluiceError);
        expect(error.problem).toMatchObject({ code: 'warehouse_unsupported', message });
        expect(error.problem.next).toMatch(next);
      }
      // Nothing but the farewell (Terminate).
      expect(asked.every((each) => each[0] === 'X'.charCodeAt(0))).toBe(true);
    } finally {
      await warehouse.close();
      server.close();
    }
  },
);
