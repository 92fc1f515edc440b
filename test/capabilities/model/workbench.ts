import { Client } from 'pg';
import { applyChange, type Settled } from '../../../activities/engine/apply-change';
import { fingerprintsOf } from '../../../activities/engine/locks';
import { undoChanges, type UndoneStep } from '../../../activities/engine/undo-changes';
import { vet } from '../../../activities/engine/vet';
import type { Capability, ProposeContext, StepContext } from '../../../capabilities/capability';
import type { Change } from '../../../schemas/change';
import type { SluiceError } from '../../../schemas/errors';
import type { Goal, ParamValue } from '../../../schemas/goal';
import { Connections } from '../../../warehouses/postgres/connections';
import { structureFingerprint } from '../../../warehouses/postgres/fingerprint';
import { PostgresPlace } from '../../../warehouses/postgres/place';
import type { Place } from '../../../warehouses/warehouse';
import { testDatabase, type TestDatabase } from '../../support/postgres';

export interface ProposeOptions {
  params?: Record<string, ParamValue>;
  pending?: string[];
  files?: Record<string, string>;
  /** The goal's other steps. */
  steps?: Goal['steps'];
}

/** A database of its own and the engine's own calls, in the engine's order, on one step. */
export class Workbench {
  private proposals = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly place: Place,
    /** As the role that writes; stands for everybody who is not Sluice. */
    readonly other: Client,
    readonly admin: Client,
  ) {}

  static async open(name: string): Promise<Workbench> {
    const database = await testDatabase(name);
    const connect = async (url: string): Promise<Client> => {
      const client = new Client({ connectionString: url });
      await client.connect();
      return client;
    };
    const connections = (user: string): Connections =>
      new Connections({
        host: database.host,
        port: database.port,
        database: database.database,
        login: { user, password: database.password },
      });
    const place = new PostgresPlace(connections('sluice_reader'), connections('sluice_writer'));
    return new Workbench(database, place, await connect(database.url), await connect(database.adminUrl));
  }

  async close(): Promise<void> {
    await this.other.end();
    await this.admin.end();
    await this.place.close();
    await this.database.drop();
  }

  async run(sql: string): Promise<void> {
    await this.other.query(sql);
  }

  async rows(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.other.query<Record<string, unknown>>(sql)).rows;
  }

  /** Takes everything away but the ledger's tables, which are emptied. */
  async reset(): Promise<void> {
    const rows = await this.rows(
      `select format('drop schema %I cascade', nspname) as sql from pg_namespace
        where nspname !~ '^pg_' and nspname not in ('information_schema', 'sluice', 'public')
       union all
       select format('drop table sluice.%I cascade', relname) from pg_class
        where relnamespace = 'sluice'::regnamespace and relkind = 'r' and relname ~ '^(trash|build)_'
       union all
       select format('drop view sluice.%I cascade', relname) from pg_class
        where relnamespace = 'sluice'::regnamespace and relkind = 'v' and relname ~ '^(trash|build)_'`,
    );
    for (const { sql } of rows) await this.run(String(sql));
    await this.run('truncate sluice.change cascade');
  }

  async propose<Input, Body>(
    capability: Capability<Input, Body>,
    raw: unknown,
    options: ProposeOptions = {},
  ): Promise<Change<Body>> {
    const input = capability.input.parse(raw);
    const faults = capability.lint?.(input) ?? [];
    if (faults.length > 0) throw new Error(`lint: ${faults.map((f) => `${f.path} ${f.message}`).join('; ')}`);
    const change = await this.place.read(async (session) => {
      const context: ProposeContext = {
        ...this.context(options),
        session,
        live: session,
        pending: new Set(options.pending),
        bundledFile: (path) => Promise.resolve(options.files![path]!),
        document: { steps: options.steps ?? [] } as unknown as Goal,
      };
      const proposed = await capability.propose(input, context);
      this.proposals += 1;
      return {
        ...proposed,
        id: `run${this.proposals}.step.${this.proposals}`,
        step: 'step',
        kind: capability.kind,
        fingerprints: await fingerprintsOf(session, proposed),
      };
    });
    vet(change);
    return change;
  }

  apply<Input, Body>(capability: Capability<Input, Body>, change: Change<Body>): Promise<Settled> {
    const run = { runId: change.id, goal: 'goal' };
    return applyChange(this.place, capability, change, this.context(), {
      digest: 'digest',
      run,
    });
  }

  undo<Input, Body>(capability: Capability<Input, Body>, change: Change<Body>): Promise<UndoneStep[]> {
    const step = { change, capability: capability as unknown as Capability, context: this.context() };
    return undoChanges(this.place, [step], { runId: change.id, goal: 'goal' });
  }

  /** Proposes and applies. */
  async build<Input, Body>(
    capability: Capability<Input, Body>,
    raw: unknown,
    options: ProposeOptions = {},
  ): Promise<Change<Body>> {
    const change = await this.propose(capability, raw, options);
    await this.apply(capability, change);
    return change;
  }

  /** Structure, owners, privileges, comments and rows of everything that is not Sluice's own. */
  async everything(): Promise<unknown> {
    const structure = await this.place.read((session) => structureFingerprint(session));
    const tables = await this.rows(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'v') and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sluice')
        order by 1`,
    );
    const content: Record<string, unknown> = {};
    for (const { name } of tables) {
      content[String(name)] = await this.rows(`select t::text as row from ${String(name)} t order by 1`);
    }
    const aside = await this.rows(
      `select relname from pg_class where relnamespace = 'sluice'::regnamespace and relname ~ '^(trash|build)_'
        order by 1`,
    );
    return { hash: structure.hash, content, aside };
  }

  private context(options: ProposeOptions = {}): StepContext {
    return {
      goal: 'goal',
      runId: 'run',
      step: 'step',
      params: options.params ?? {},
      sources: undefined as never,
      signal: new AbortController().signal,
      heartbeat: () => undefined,
    };
  }
}

/** The code and the text of what a promise is rejected with. */
export async function failure(
  promise: Promise<unknown>,
): Promise<{ code: string; message: string; place?: string }> {
  try {
    await promise;
  } catch (cause) {
    const { code, message, problem } = cause as SluiceError;
    return { code, message, ...(problem?.place === undefined ? {} : { place: problem.place }) };
  }
  throw new Error('expected a failure');
}
