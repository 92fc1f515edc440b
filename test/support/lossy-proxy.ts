import { connect, createServer, type Socket } from 'node:net';

export interface LossyProxy {
  port: number;
  /** The next COMMIT reaches the server, its answer never the client: both sides see a broken connection. */
  loseNextCommit(): void;
  /** The next COMMIT never reaches the server. */
  dropNextCommit(): void;
  lost: number;
  close(): Promise<void>;
}

/** PostgreSQL's simple-query message for `commit`: 'Q', length, text, NUL (protocol 3.0, "Query"). */
const COMMIT = Buffer.concat([Buffer.from('Q'), Buffer.from([0, 0, 0, 11]), Buffer.from('commit\0')]);

/** A wire between client and server that fails exactly at COMMIT, which is where exactly-once is decided. */
export async function lossyProxy(target: { host: string; port: number }): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  let mode: 'pass' | 'lose' | 'drop' = 'pass';
  const proxy: Pick<LossyProxy, 'lost'> = { lost: 0 };
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    let deaf = false;
    client.on('data', (chunk: Buffer) => {
      if (mode !== 'pass' && chunk.includes(COMMIT)) {
        deaf = true;
        proxy.lost += 1;
        const forward = mode === 'lose';
        mode = 'pass';
        if (forward) {
          // Wait for the server's answer, so that the commit has certainly happened, then swallow it.
          upstream.once('data', () => client.destroy());
          upstream.write(chunk);
        } else {
          client.destroy();
          upstream.destroy();
        }
        return;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (!deaf) client.write(chunk);
    });
    client.on('close', () => upstream.end());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return Object.assign(proxy, {
    port: address.port,
    loseNextCommit: () => void (mode = 'lose'),
    dropNextCommit: () => void (mode = 'drop'),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}
