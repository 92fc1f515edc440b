import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { applyChange, type Settled } from '../../../activities/engine/apply-change';
import { undoChanges } from '../../../activities/engine/undo-changes';
import type { Capability, StepContext } from '../../../capabilities/capability';
import { ingest, type IngestBody } from '../../../capabilities/ingest';
import type { Change, RowCounts } from '../../../schemas/change';
import { SluiceError, type Problem } from '../../../schemas/errors';
import { createSources } from '../../../sources/create-sources';
import type { Sources } from '../../../sources/sources';
import { Connections } from '../../../warehouses/postgres/connections';
import { fingerprintRelations } from '../../../warehouses/postgres/fingerprint-relations';
import { PostgresPlace } from '../../../warehouses/postgres/place';
import { openSourceSession } from '../../../warehouses/postgres/source-session';
import type { Place } from '../../../warehouses/warehouse';
import { testDatabase, type TestDatabase } from '../../support/postgres';

const capability = ingest as unknown as Capability;

/** A database, a folder of files, and the engine's own way of proposing, applying and undoing one ingest step. */
export class Bed {
  runs = 0;
  private constructor(
    readonly database: TestDatabase,
    readonly admin: Client,
    readonly place: Place,
    readonly root: string,
  ) {}

  static async make(name: string): Promise<Bed> {
    const database = await testDatabase(name);
    const { host, port, password } = database;
    const connections = (user: string): Connections =>
      new Connections({ host, port, database: database.database, login: { user, password } });
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    const place = new PostgresPlace(connections('sluice_reader'), connections('sluice_writer'));
    const root = await realpath(await mkdtemp(path.join(tmpdir(), 'sluice-ingest-')));
    return new Bed(database, admin, place, root);
  }

  async close(): Promise<void> {
    await this.admin.end();
    await this.place.close();
    await this.database.drop();
    await rm(this.root, { recursive: true, force: true });
  }

  /** Writes files; what is there under other names stays. */
  async files(files: Record<string, string | Buffer>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(this.root, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  }

  async clear(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
    await mkdir(this.root);
  }

  /** Nothing loaded, nothing kept, no files. */
  async reset(): Promise<void> {
    await this.clear();
    await this.admin.query(`do $$ declare kept text; begin
      for kept in select oid::regclass from pg_class where relname ~ '^(trash|before)_' and relkind = 'r' loop
        execute 'drop table ' || kept;
      end loop; end $$;
      drop schema if exists raw cascade; truncate sluice.change cascade; truncate sluice.quarantine`);
  }

  sources(sampleRows?: number): Sources {
    const { host, port, password, database } = this.database;
    return createSources({
      root: this.root,
      connections: { other: this.root },
      openPostgres: (name, more) =>
        openSourceSession(
          {
            host,
            port,
            database: name === 'self' ? database : name,
            login: { user: 'sluice_reader', password },
          },
          more,
        ),
      ...(sampleRows !== undefined && { sample: { rows: sampleRows } }),
    });
  }

  context(runId: string, more: Partial<StepContext> = {}): StepContext {
    return {
      goal: 'g',
      runId,
      step: 'load',
      params: {},
      sources: this.sources(),
      signal: new AbortController().signal,
      heartbeat: () => undefined,
      ...more,
    };
  }

  /** The step's input as a goal document has it. */
  async propose(
    input: unknown,
    runId = `run${++this.runs}`,
    more: Partial<StepContext> = {},
  ): Promise<Change<IngestBody>> {
    const parsed = ingest.input.parse(input);
    const faults = ingest.lint!(parsed);
    if (faults.length > 0) throw new Error(`lint: ${JSON.stringify(faults)}`);
    const ctx = this.context(runId, more);
    return this.place.read(async (session) => {
      const proposed = await ingest.propose(parsed, {
        ...ctx,
        session,
        live: session,
        pending: new Set(),
        document: undefined as never,
        bundledFile: () => Promise.reject(new Error('none')),
      });
      const names = [...proposed.reads, ...proposed.writes];
      const fingerprints = proposed.noop ? {} : await fingerprintRelations(session, names);
      // What is stored comes back as plain JSON.
      const body = JSON.parse(JSON.stringify(proposed.body)) as IngestBody;
      return { ...proposed, body, id: `${runId}.load.${runId}`, step: 'load', kind: 'ingest', fingerprints };
    });
  }

  apply(change: Change<IngestBody>, more: Partial<StepContext> = {}): Promise<Settled> {
    const runId = change.id.split('.')[0]!;
    const options = { digest: 'd', run: { runId, goal: 'g' } };
    return applyChange(this.place, capability, change, this.context(runId, more), options);
  }

  async load(input: unknown): Promise<{ change: Change<IngestBody>; rows: RowCounts }> {
    const change = await this.propose(input);
    const { applied } = await this.apply(change);
    return { change, rows: applied.rows };
  }

  undo(...changes: Change<IngestBody>[]): Promise<unknown> {
    const runId = changes[0]!.id.split('.')[0]!;
    const steps = changes.map((change) => ({ change, capability, context: this.context(runId) }));
    return undoChanges(this.place, steps, { runId, goal: 'g' });
  }

  async rows(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.admin.query<Record<string, unknown>>(sql)).rows;
  }

  /** Types of a table's columns: `{ year: 'bigint' }`. */
  async types(relation: string): Promise<Record<string, string>> {
    const rows = await this.rows(
      `select attname, format_type(atttypid, atttypmod) as type from pg_attribute
        where attrelid = '${relation}'::regclass and attnum > 0 and not attisdropped order by attnum`,
    );
    return Object.fromEntries(rows.map((row) => [row.attname, row.type]));
  }

  /** Everything of the user's: structure, owners and privileges of every relation and schema, and every row. */
  async fingerprint(): Promise<Record<string, string>> {
    const relations = await this.rows(
      `select n.nspname || '.' || c.relname as name, c.relkind = 'r' as is_table from pg_class c join pg_namespace n on n.oid = relnamespace
        where n.nspname !~ '^(pg_|information_schema$|sluice$)' and c.relkind in ('r', 'v', 'p')
       union all
       select nspname || '.*', false from pg_namespace where nspname !~ '^(pg_|information_schema$|sluice$)' order by 1`,
    );
    const names = relations.map((row) => row.name as string);
    const found: Record<string, string> = await this.place.read((session) =>
      fingerprintRelations(session, names),
    );
    for (const { name } of relations.filter((row) => row.is_table)) {
      const [row] = await this.rows(
        `select count(*) || ' ' || coalesce(md5(string_agg(t::text, e'\\n' order by t::text)), '') as rows from ${name as string} t`,
      );
      found[`rows of ${name as string}`] = row!.rows as string;
    }
    return found;
  }
}

/** The problem a promise fails with. */
export async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SluiceError) return error.problem;
    throw error;
  }
  throw new Error('it did not fail');
}
