import { assembleParts } from '../activities/ask/assembled';
import type { Meter } from '../activities/ask/loop/meter';
import type { AskParts } from '../activities/ask/parts';
import type { Bundle, Log, Services } from '../activities/services';
import { registry } from '../capabilities/registry';
import { PolicyEngine, type PolicySource } from '../governance/policy/engine';
import { rememberSecret } from '../governance/redact';
import type { ResolveSecret } from '../governance/secrets';
import { createModelClient, type ModelClient } from '../llm/client';
import { placeOf } from '../llm/place';
import type { PostgresConnection } from '../schemas/config';
import { llmOf } from '../schemas/llm';
import type { Queues } from '../schemas/queues';
import { fail } from '../schemas/errors';
import { producerOf } from './lineage-settings';
import { createSources } from '../sources/create-sources';
import type { SourceSession } from '../sources/sources';
import { digestOf } from '../store/digest';
import { openStore } from '../store/store';
import { openSourceSession } from '../warehouses/postgres/source-session';
import type { ShadowServer } from '../warehouses/postgres/options';
import { createPostgresWarehouse, type PostgresWarehouseOptions } from '../warehouses/postgres/warehouse';
import type { Shadow, Warehouse } from '../warehouses/warehouse';

export interface ServicesOptions {
  storeUrl: string;
  /** The embedded warehouse, called `local`; absent on a worker that has none. */
  local?: PostgresWarehouseOptions;
  project: Services['project'];
  resolveSecret: ResolveSecret;
  /** Where heavier work goes; only where workers serve these queues. */
  queues?: Queues;
  /** The worker's own policy; absent: it has none. */
  ownPolicy?: () => Promise<PolicySource | undefined>;
  log: Log;
  /** Roles, tools and prompts of asks; default: those of the product. */
  ask?: AskParts;
  /** Where an API key for models may be, and their address; default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** Measures calls of models. */
  meter?: Meter;
  /** Connections of the store's pool; default 8. */
  storeConnections?: number;
}

/** Opens the store and prepares the rest; warehouses connect when the first run needs them. */
export async function createServices(options: ServicesOptions): Promise<Services> {
  for (const login of [
    options.local?.reader,
    options.local?.writer,
    options.local?.admin,
    options.local?.rehearsal,
  ]) {
    if (login) rememberSecret(login.password);
  }
  const store = await openStore(options.storeUrl, options.storeConnections);
  const warehouses = new Map<string, Promise<Warehouse>>();
  const shadows = new Map<string, Shadow>();
  const under = new Set<Promise<void>>();
  const connectionOf = (bundle: Bundle, name: string): PostgresConnection | 'local' => {
    const connection = bundle.config.connections[name];
    if (connection?.kind === 'postgres') return connection;
    if (name === 'local' && options.local) return 'local';
    throw fail('invalid_config', `There is no PostgreSQL connection called "${name}".`, {
      next: 'Declare it under `connections` in sluice.config.yaml.',
      place: `connections.${name}`,
    });
  };

  return {
    store,
    registry,
    log: options.log,
    producer: producerOf(options.project.config),
    project: options.project,
    ...(options.queues ? { queues: options.queues } : {}),
    policy: new PolicyEngine({
      own: options.ownPolicy ?? (() => Promise.resolve(undefined)),
      hosts: options.project.config.policy?.hosts ?? [],
      resolveSecret: options.resolveSecret,
    }),
    ask: options.ask ?? assembleParts(registry),
    model: modelsOf(options),
    ...(options.meter ? { meter: options.meter } : {}),
    warehouse(bundle) {
      const { warehouse: name } = bundle.goal;
      const connection = connectionOf(bundle, name);
      const key = connection === 'local' ? 'local' : digestOf({ name, connection });
      let opened = warehouses.get(key);
      if (!opened) {
        opened = (
          connection === 'local' ? Promise.resolve(options.local!) : foreign(name, connection, options)
        ).then(createPostgresWarehouse);
        // A wrong password must not be remembered: the next attempt may find a corrected one.
        opened.catch(() => warehouses.delete(key));
        warehouses.set(key, opened);
      }
      return opened;
    },
    sources(bundle, sampleRows) {
      const connections = Object.fromEntries(
        Object.entries(bundle.config.connections).flatMap(([name, connection]) =>
          connection.kind === 'files' ? [[name, connection.root]] : [],
        ),
      );
      return createSources({
        root: bundle.config.files?.root ?? bundle.root,
        connections,
        openPostgres: (name, more) => openSource(connectionOf(bundle, name), options, more),
        ...(sampleRows === undefined ? {} : { sample: { rows: sampleRows } }),
      });
    },
    resolveSecret: options.resolveSecret,
    shadows,
    later(what, work) {
      const done = work()
        .catch((cause: unknown) => options.log.warn({ cause: String(cause) }, `${what} failed`))
        .finally(() => under.delete(done));
      under.add(done);
    },
    async close() {
      await Promise.all(under);
      for (const shadow of shadows.values()) await shadow.close().catch(() => undefined);
      for (const warehouse of warehouses.values())
        await warehouse.then((open) => open.close()).catch(() => undefined);
      await store.close();
    },
  };
}

/** Clients hold connections open, so each place has one; the key is looked up anew, it may have changed. */
function modelsOf({ resolveSecret, env = process.env }: ServicesOptions): Services['model'] {
  const clients = new Map<string, ModelClient>();
  return async ({ config }) => {
    const place = await placeOf(llmOf(config), resolveSecret, env);
    const key = digestOf(place);
    let client = clients.get(key);
    if (!client) {
      client = createModelClient(place);
      clients.set(key, client);
    }
    return client;
  };
}

async function foreign(
  name: string,
  connection: PostgresConnection,
  { resolveSecret: resolve, local }: ServicesOptions,
): Promise<PostgresWarehouseOptions> {
  if (connection.writeUser === undefined) {
    throw fail(
      'invalid_config',
      `The connection "${name}" has no writeUser, so nothing can be written there.`,
      {
        next: 'Give it `writeUser` and `writePassword`, or use another warehouse.',
        place: `connections.${name}.writeUser`,
      },
    );
  }
  const password = async (reference: string | undefined): Promise<string> =>
    reference === undefined ? '' : resolve(reference);
  return {
    name,
    host: connection.host,
    port: connection.port,
    database: connection.database,
    environment: connection.environment,
    ssl: connection.ssl,
    ...(await shadowsFor(connection, local, password)),
    reader: { user: connection.readUser, password: await password(connection.readPassword) },
    writer: { user: connection.writeUser, password: await password(connection.writePassword) },
  };
}

/**
 * Where its shadows are made: where the connection says, else in the embedded PostgreSQL (nobody hands out a superuser
 * of a warehouse), which takes the structure of what is touched.
 */
async function shadowsFor(
  { host, port, ssl, shadow }: PostgresConnection,
  local: PostgresWarehouseOptions | undefined,
  password: (reference: string | undefined) => Promise<string>,
): Promise<{ shadows?: ShadowServer }> {
  if (shadow) {
    const server = { host: shadow.host ?? host, port: shadow.port ?? port, ssl: shadow.ssl ?? ssl };
    const admin = { user: shadow.adminUser, password: await password(shadow.adminPassword) };
    const rehearsal = { user: shadow.rehearsalUser, password: await password(shadow.rehearsalPassword) };
    return { shadows: { ...server, admin, rehearsal } };
  }
  if (!local?.admin || !local.rehearsal) return {};
  return { shadows: { host: local.host, port: local.port, admin: local.admin, rehearsal: local.rehearsal } };
}

async function openSource(
  connection: PostgresConnection | 'local',
  options: ServicesOptions,
  more?: { filtered?: boolean },
): Promise<SourceSession> {
  if (connection === 'local') {
    const { host, port, database, reader } = options.local!;
    return openSourceSession({ host, port, database, ssl: options.local!.ssl, login: reader }, more);
  }
  const { host, port, database, readUser, readPassword, ssl } = connection;
  const password = readPassword === undefined ? '' : await options.resolveSecret(readPassword);
  return openSourceSession({ host, port, database, ssl, login: { user: readUser, password } }, more);
}
