import { Client } from 'pg';
import type { Applied, Change, Check, Proposed } from '../../../schemas/change';
import type { Goal, ParamValue } from '../../../schemas/goal';
import { SluiceError } from '../../../schemas/errors';
import { sql } from '../../../capabilities/sql';
import type { SqlBody } from '../../../capabilities/sql/body';
import type { ProposeContext, StepContext } from '../../../capabilities/capability';
import { toSluiceError } from '../../../warehouses/postgres/errors';
import { structureLines } from '../../../warehouses/postgres/fingerprint';
import { withTable } from '../../../warehouses/postgres/row-security';
import { PgSession } from '../../../warehouses/postgres/session';
import { startupOptions } from '../../../warehouses/postgres/settings';
import { testDatabase, type TestDatabase } from '../../support/postgres';

/** A warehouse in which the capability is called as the engine calls it: each phase in one transaction of its role. */
export interface Bench {
  database: TestDatabase;
  /** As the superuser, outside of Sluice: sets the scene and plays the others. */
  admin: Client;
  propose(statements: string, options?: ProposeOptions): Promise<Proposed<SqlBody>>;
  apply(change: Change<SqlBody>): Promise<{ applied: Applied; checks: Check[] }>;
  /** `heartbeat` hears what the undo is at. */
  undo(change: Change<SqlBody>, applied: Applied, heartbeat?: StepContext['heartbeat']): Promise<void>;
  /** Proposes and applies; fails on a failed check. */
  run(statements: string, options?: ProposeOptions): Promise<Done>;
  picture(): Promise<Picture>;
  close(): Promise<void>;
}

export interface ProposeOptions {
  params?: Record<string, ParamValue>;
  pending?: string[];
  file?: string;
  /** An undo written by hand. */
  undo?: string;
  /** The step says that it cannot be undone. */
  irreversible?: true;
}

export interface Done {
  change: Change<SqlBody>;
  applied: Applied;
  checks: Check[];
}

/** Everything that an undo must bring back. */
export interface Picture {
  structure: string[];
  rows: Record<string, string[]>;
  sequences: string[];
}

let serial = 0;

export async function openBench(name: string, scene = ''): Promise<Bench> {
  const database = await testDatabase(name);
  const admin = await connect(database.adminUrl);
  if (scene) await asWriter(database, scene);
  const writer = await connect(database.url);
  const reader = await connect(await seeingUrl(admin, database));
  const bench: Bench = {
    database,
    admin,
    propose: (statements, options = {}) =>
      inTransaction(reader, 'begin isolation level repeatable read read only', (session) => {
        const said = {
          ...(options.undo === undefined ? {} : { undo: options.undo }),
          ...(options.irreversible ? { irreversible: true as const } : {}),
        };
        const input = options.file === undefined ? { statements, ...said } : { file: options.file, ...said };
        return sql.propose(input, { ...step(options), ...looking(session, options, statements) });
      }),
    apply: (change) =>
      inTransaction(writer, 'begin', async (session) => {
        const applied = await sql.apply(change, { ...step(), session });
        return { applied, checks: await sql.verify(change, applied, { ...step(), session }) };
      }),
    undo: async (change, applied, heartbeat = () => undefined) => {
      // As it comes back from the ledger.
      const stored = JSON.parse(JSON.stringify(applied)) as Applied;
      await inTransaction(writer, 'begin', (session) =>
        sql.undo(change, stored, { ...step(), session, heartbeat }),
      );
    },
    run: async (statements, options) => {
      const change = changeOf(await bench.propose(statements, options));
      const { applied, checks } = await bench.apply(change);
      expect(checks.filter((check) => !check.ok)).toEqual([]);
      return { change, applied, checks };
    },
    picture: () => picture(admin),
    close: async () => {
      await Promise.all([admin.end(), writer.end(), reader.end()]);
      await database.drop();
    },
  };
  return bench;
}

/** As a role that reads like `sluice_reader`, and past row security: made once for all suites of a test run. */
async function seeingUrl(admin: Client, database: TestDatabase): Promise<string> {
  const name = 'sluice_test_seeing_reader';
  await admin.query(`select pg_advisory_lock(1); do $$ begin
    if not exists (select from pg_roles where rolname = '${name}') then
      create role ${name} login bypassrls password '${database.password}' in role pg_read_all_data;
    end if; end $$; select pg_advisory_unlock(1);
    do $$ begin execute format('grant connect on database %I to ${name}', current_database()); end $$`);
  const url = new URL(database.readerUrl);
  url.username = name;
  return url.href;
}

/** The change as the engine completes it. */
export function changeOf(proposed: Proposed<SqlBody>): Change<SqlBody> {
  return { ...proposed, id: `run-${(serial += 1)}/1/step`, step: 'step', kind: 'sql', fingerprints: {} };
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, options: startupOptions() });
  await client.connect();
  return client;
}

export async function asWriter(database: TestDatabase, statements: string): Promise<void> {
  const client = await connect(database.url);
  try {
    await client.query(statements);
  } finally {
    await client.end();
  }
}

async function inTransaction<T>(
  client: Client,
  begin: string,
  work: (session: PgSession) => Promise<T>,
): Promise<T> {
  const where = { host: 'test', port: 0, database: 'test', user: 'test' };
  await client.query(begin);
  try {
    const result = await work(new PgSession(client, { explain: (error) => toSluiceError(error, where) }));
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw await withTable(error, client);
  }
}

function step(options: ProposeOptions = {}): StepContext {
  return {
    ...{ goal: 'test', runId: 'run', step: 'step', params: options.params ?? {} },
    sources: {} as StepContext['sources'],
    signal: new AbortController().signal,
    heartbeat: () => undefined,
  };
}

function looking(
  session: PgSession,
  options: ProposeOptions,
  text: string,
): Omit<ProposeContext, keyof StepContext> {
  return {
    session,
    live: session,
    pending: new Set(options.pending),
    bundledFile: () => Promise.resolve(text),
    document: {} as Goal,
  };
}

async function picture(client: Client): Promise<Picture> {
  const lines = await structureLines({
    query: async (text: string, values: unknown[]) => (await client.query(text, values)).rows,
  } as never);
  const { rows: relations } = await client.query<{ name: string; quoted: string; kind: string }>(
    `select n.nspname || '.' || c.relname as name, format('%I.%I', n.nspname, c.relname) as quoted, c.relkind::text as kind
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'S') and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sluice') order by 1`,
  );
  const found: Picture = { structure: [], rows: {}, sequences: [] };
  found.structure = lines.map((line) => `${line.class} ${line.identity} ${line.definition}`);
  for (const { name, quoted, kind } of relations) {
    if (kind === 'S') {
      const { rows } = await client.query<{ at: string }>(
        `select concat(last_value, ' ', is_called) as at from ${quoted}`,
      );
      found.sequences.push(`${name} ${rows[0]!.at}`);
    } else {
      const { rows } = await client.query<{ row: string }>(
        `select t::text as row from ${quoted} t order by t::text collate "C"`,
      );
      found.rows[name] = rows.map(({ row }) => row);
    }
  }
  return found;
}

/** What is left in Sluice's own schema besides its ledger. */
export async function leftAside(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c where c.relnamespace = 'sluice'::regnamespace
       and c.relname ~ '^(trash|before|map)_' order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** The problem of a rejected promise. */
export async function problemOf(work: Promise<unknown>): Promise<SluiceError['problem']> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SluiceError) return error.problem;
    throw error;
  }
  throw new Error('it did not fail');
}
