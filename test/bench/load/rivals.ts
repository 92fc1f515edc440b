import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Bed } from '../../capabilities/ingest/bed';

/** Seconds that `COPY … FROM STDIN` of the file's bytes takes into a new table of that DDL, by the same client. */
export async function plainCopy(
  bed: Bed,
  file: string,
  ddl: string,
  table: string,
  options: string,
): Promise<number> {
  const started = performance.now();
  await bed.place.write(
    async (session) => {
      await session.execute(ddl);
      const chunks = createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
      await session.copyIn(`copy ${table} from stdin with (${options})`, chunks);
    },
    { applicationName: 'bench' },
  );
  return (performance.now() - started) / 1000;
}

/** Seconds that a pipe of two binary COPYs takes, as `psql -c 'copy … to stdout' | psql -c 'copy … from stdin'` would. */
export async function binaryPipe(
  from: string,
  to: string,
  source: string,
  ddl: string,
  table: string,
): Promise<number> {
  const clients = [new Client({ connectionString: from }), new Client({ connectionString: to })] as const;
  const started = performance.now();
  await Promise.all(clients.map((client) => client.connect()));
  try {
    const [reader, writer] = clients;
    await writer.query(`begin; ${ddl}`);
    await pipeline(
      reader.query(copyTo(`copy ${source} to stdout (format binary)`)),
      writer.query(copyFrom(`copy ${table} from stdin (format binary)`)),
    );
    await writer.query('commit');
    return (performance.now() - started) / 1000;
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
