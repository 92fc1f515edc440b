import { fail } from '../../schemas/errors';
import type { StructureFingerprint, Warehouse } from '../warehouse';
import { Connections } from './connections';
import { structureFingerprint } from './fingerprint';
import { migrateLedger } from './ledger';
import type { PostgresWarehouseOptions } from './options';
import { shadowServer } from './options';
import { PostgresPlace } from './place';
import { SESSION_SETTINGS } from './settings';
import { Shadows } from './shadow/shadows';

export type { PostgresWarehouseOptions } from './options';

/**
 * A PostgreSQL database as a warehouse. Connects when it is first used; the first use of the live database brings
 * Sluice's ledger in it up to date.
 */
export function createPostgresWarehouse(options: PostgresWarehouseOptions): Warehouse {
  const { name, environment, host, port, ssl, database, reader, writer } = options;
  const readers = new Connections({ host, port, ssl, database, login: reader }, name);
  const writers = new Connections({ host, port, ssl, database, login: writer }, name);
  const ready = once(() => writers.lend((client) => migrateLedger(client, reader.user)));
  const version = versionOf(readers);
  const server = shadowServer(options);
  // The same names here and in shadows: the writing role itself is then left out of both.
  const roleAlias = server && { from: server.rehearsal.user, to: writer.user };
  const live = new PostgresPlace(readers, writers, { ready, roleAlias });

  const shadows =
    server &&
    new Shadows({
      ...{ server, live, database, reader: reader.user, writer: writer.user },
      sameServer: server.host === host && server.port === port,
      rows: environment !== 'protected',
    });
  const shadowsOf = (): Shadows => {
    if (shadows) return shadows;
    throw fail(
      'rehearsal_failed',
      `The warehouse "${name}" has no server for shadows, so nothing can be rehearsed.`,
      {
        next: 'Name one: `shadow` of the connection in sluice.config.yaml.',
      },
    );
  };

  return {
    name,
    environment,
    live,
    sessionSettings: { ...SESSION_SETTINGS },
    async describe() {
      return {
        kind: 'postgres',
        ...{ host, port: String(port), database, reader: reader.user, writer: writer.user },
        version: await version(),
        shadows: server ? `${server.host}:${server.port}` : 'none',
      };
    },
    structure: (): Promise<StructureFingerprint> => live.read(structureFingerprint),
    openShadow: async (id, wanted) => {
      // What keeps the writing role from writing at all is found before anything is rehearsed.
      await live.write(() => Promise.resolve(), { applicationName: 'sluice look' });
      return shadowsOf().open(id, wanted);
    },
    reopenShadow: async (id) => shadows?.reopen(id),
    simulates: async () => {
      if (!shadows) return undefined;
      const [its, theirs] = await Promise.all([
        live.read((session) => session.serverMajor()),
        shadows.serverMajor(),
      ]);
      return its === theirs
        ? undefined
        : `the warehouse is PostgreSQL ${its}, the server of its shadows PostgreSQL ${theirs}`;
    },
    dropShadow: async (id, unwanted) => shadows?.drop(id, unwanted) ?? true,
    unusedShadows: async (ageMs, drop, mine) =>
      shadows ? shadows.unused(ageMs, drop, mine) : { count: 0, bytes: 0, oldest: null },
    endShadows: async (graceMs, waiting) => shadows?.endOlder({ graceMs, waiting }) ?? 0,
    async close() {
      await Promise.all([live.close(), shadows?.close()]);
    },
  };
}

/** The server's version: asked for again when there is a connection that may lead to another one. */
function versionOf(connections: Connections): () => Promise<string> {
  let known: { version: string; generation: number } | undefined;
  return async () => {
    if (known?.generation !== connections.generation) {
      known = await connections.lend(async (client) => {
        const { rows } = await client.query<{ version: string }>(
          `select pg_catalog.current_setting('server_version') as version`,
        );
        return { version: rows[0]!.version, generation: connections.generation };
      });
    }
    return known.version;
  };
}

/** Runs `work` once; a failure is not remembered, the next call tries again. */
function once(work: () => Promise<unknown>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work().then(
      () => undefined,
      (error: unknown) => {
        running = undefined;
        throw error;
      },
    );
    return running;
  };
}
