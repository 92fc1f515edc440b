import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { Client } from 'pg';
import { createActivities, type Activities } from '../../activities';
import type { Bundle, Log, Services } from '../../activities/services';
import { checkGoal } from '../../capabilities/document';
import { registry } from '../../capabilities/registry';
import { configSchema } from '../../schemas/config';
import type { Change } from '../../schemas/change';
import type { Problem } from '../../schemas/errors';
import type { ChangeRef, Rehearsed, RunRef } from '../../schemas/life';
import type { Proposal, RehearsalReport, RunDocument, RunStatus } from '../../schemas/run';
import { createServices } from '../../workers/services';
import { testDatabase, type TestDatabase } from '../support/postgres';

const UNPROVEN: RehearsalReport = {
  ...{ status: 'not_needed', undoProven: true, checks: [], covers: [], gaps: [] },
};

export interface LifeRun {
  run: RunRef;
  document: RunDocument;
  proposal: Proposal;
}

type Proposed = Omit<LifeRun, 'document'> & { changes: ChangeRef[]; digest: string; ref: string };

type Retention = Record<string, string>;

/** The activities of runs on a real warehouse and store, in the order of the workflow, without a Temporal server. */
export class LifeBed {
  private constructor(
    readonly warehouse: TestDatabase,
    readonly store: TestDatabase,
    readonly services: Services,
    readonly admin: Client,
    readonly root: string,
    readonly log: string[],
    /** The worker's own configuration, as far as it differs from the defaults. */
    private readonly worker: { retention?: Retention },
  ) {}

  static async make(name: string): Promise<LifeBed> {
    const [warehouse, store] = [
      await testDatabase(name),
      await testDatabase(`${name}_store`, { ledger: false }),
    ];
    const root = mkdtempSync(path.join(tmpdir(), `sluice-${name}-`));
    const login = (user: string): { user: string; password: string } => ({
      user,
      password: warehouse.password,
    });
    const lines: string[] = [];
    const line = (fields: object, message: string): void =>
      void lines.push(`${message} ${JSON.stringify(fields)}`);
    const log: Log = { debug: line, info: line, warn: line, error: line };
    const worker: { retention?: Retention } = {};
    const services = await createServices({
      storeUrl: store.url,
      local: {
        ...{ name: 'local', host: warehouse.host, port: warehouse.port, database: warehouse.database },
        ...{ environment: 'dev', reader: login('sluice_reader'), writer: login('sluice_writer') },
        ...{ admin: login('postgres'), rehearsal: login('sluice_rehearsal') },
      },
      project: {
        get config() {
          return configSchema.parse(worker.retention ? { retention: worker.retention } : {});
        },
        root,
      },
      resolveSecret: () => Promise.reject(new Error('no secrets here')),
      log,
    });
    const admin = new Client({ connectionString: warehouse.adminUrl });
    await admin.connect();
    return new LifeBed(warehouse, store, services, admin, root, lines, worker);
  }

  async close(): Promise<void> {
    await this.admin.end();
    await this.services.close();
    await this.warehouse.drop();
    await this.store.drop();
    rmSync(this.root, { recursive: true, force: true });
  }

  file(name: string, text: string): void {
    mkdirSync(path.dirname(path.join(this.root, name)), { recursive: true });
    writeFileSync(path.join(this.root, name), text);
  }

  async rows<R = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<R[]> {
    return (await this.admin.query(sql, params)).rows as R[];
  }

  /** Statements of the owner of the warehouse, outside of Sluice. */
  async asWriter(sql: string): Promise<void> {
    const client = new Client({ connectionString: this.warehouse.url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  }

  /** Runs one activity as a worker does, outside of any workflow. */
  async activity<K extends keyof Activities>(
    name: K,
    ...args: Parameters<Activities[K]>
  ): Promise<Awaited<ReturnType<Activities[K]>>> {
    type Any = (...args: unknown[]) => Promise<unknown>;
    const activity = createActivities(this.services)[name] as unknown as Any;
    const result: unknown = await new MockActivityEnvironment().run(() => activity(...args));
    return result as Awaited<ReturnType<Activities[K]>>;
  }

  /** `authors`: the retention that the author of the goal has in their own configuration. */
  bundle(document: object, authors?: Retention): Bundle {
    const goal = checkGoal({ apiVersion: 'sluice/v1', ...document }, registry);
    const config = configSchema.parse(authors ? { retention: authors } : {});
    return { goal, config, root: this.root, files: {} };
  }

  /** Proposes: everything up to the gate. `retention`: of the worker, from now on. */
  async propose(document: object, retention?: Retention, authors?: Retention): Promise<Proposed> {
    this.worker.retention = retention;
    const bundle = this.bundle(document, authors);
    const runId = `${bundle.goal.goal}-${randomUUID().slice(0, 8)}`;
    const hash = await this.services.store.artifacts.putJson('bundle', bundle);
    const request = { sluice: 'run', runId, bundle: hash, mode: 'apply', by: 'ann' };
    const { run } = await this.activity('admit', { request, runId, workflowId: runId, temporalRunId: runId });
    const changes: ChangeRef[] = [];
    for (const { id } of bundle.goal.steps) {
      const earlier = changes.filter((change) => !change.noop);
      changes.push(await this.activity('propose', { run, step: id, earlier, shadow: false }));
    }
    return this.seal(run, changes, UNPROVEN);
  }

  /** Proposes and rehearses, as `planSteps` does. */
  async plan(document: object): Promise<Proposed> {
    const bundle = this.bundle(document);
    const runId = `${bundle.goal.goal}-${randomUUID().slice(0, 8)}`;
    const hash = await this.services.store.artifacts.putJson('bundle', bundle);
    const request = { sluice: 'run', runId, bundle: hash, mode: 'apply', by: 'ann' };
    const { run } = await this.activity('admit', { request, runId, workflowId: runId, temporalRunId: runId });
    const [changes, acting, rehearsed] = [[] as ChangeRef[], [] as ChangeRef[], [] as Rehearsed[]];
    const made: Record<string, boolean> = {};
    let gaps: string[] | undefined;
    try {
      for (const { id } of bundle.goal.steps) {
        const change = await this.activity('propose', {
          ...{ run, step: id, earlier: acting, shadow: gaps !== undefined },
        });
        changes.push(change);
        if (change.noop) continue;
        gaps ??= (await this.activity('openShadow', run)).gaps;
        acting.push(change);
        const result = await this.activity('rehearse', { run, change, made });
        for (const name of change.writes) made[name] = result.whole;
        rehearsed.push(result);
      }
      const rehearsal =
        gaps === undefined
          ? UNPROVEN
          : await this.activity('closeShadow', { run, changes: acting, rehearsed, openGaps: gaps });
      return await this.seal(run, changes, rehearsal);
    } finally {
      if (gaps !== undefined) await this.activity('dropShadow', run);
    }
  }

  private async seal(run: RunRef, changes: ChangeRef[], rehearsal: RehearsalReport): Promise<Proposed> {
    const sealed = await this.activity('seal', { run, mode: 'apply', deadlineMs: 1000, changes, rehearsal });
    const proposal = await this.services.store.artifacts.getJson<Proposal>(sealed.proposal);
    return { run, proposal, changes, digest: sealed.digest, ref: sealed.proposal };
  }

  /** A run from its goal to its end. `status`: how it ends, for the record. */
  async run(document: object, retention?: Retention, status: RunStatus = 'succeeded'): Promise<LifeRun> {
    const proposed = await this.propose(document, retention);
    return this.finish(proposed, status);
  }

  async finish(
    { run, proposal, changes, digest, ref }: Awaited<ReturnType<LifeBed['propose']>>,
    status: RunStatus = 'succeeded',
  ): Promise<LifeRun> {
    const ended: RunDocument = {
      ...{ goal: run.goal, runId: run.runId, workflowId: run.runId, status, digest, steps: [], checks: [] },
    };
    for (const change of changes.filter((each) => !each.noop)) {
      const { rows, checks } = await this.activity('apply', { run, change, digest, proposal: ref });
      ended.steps.push({ id: change.step, kind: change.kind, status: 'applied', rows });
      ended.checks.push(...checks);
    }
    await this.activity('record', { run, document: ended, by: 'ann' });
    return { run, document: ended, proposal };
  }

  /** As the undo workflow does it. */
  async undo({ run }: { run: RunRef }): Promise<void> {
    const loaded = await this.activity('loadUndo', {
      request: { runId: run.runId, by: 'ann' },
      workflowId: `${run.runId}-undo-1`,
    });
    await this.activity('undo', { run, changes: loaded.changes, actor: loaded.actor });
    const document: RunDocument = { ...loaded.document, status: 'undone' };
    await this.activity('record', { run, document, by: 'ann' });
  }

  /** What `sluice show` reads of a run: its document, its proposal and every change. */
  async show({ run }: { run: RunRef }): Promise<void> {
    const [row] = await this.services.store.runs.find(run.runId);
    const proposal = await this.services.store.artifacts.getJson<Proposal>(row!.proposal!);
    await this.services.store.artifacts.getJson<Bundle>(row!.bundle);
    for (const ref of proposal.changeRefs) await this.services.store.artifacts.getJson<Change>(ref);
  }

  sweep(retention?: Retention, only?: string[]): Promise<LifeRun> {
    return this.run({ goal: 'sweep', steps: [{ id: 'sweep', sweep: only ? { only } : {} }] }, retention);
  }

  /** Rows of the user's tables, as multisets. */
  async picture(): Promise<Record<string, string[]>> {
    const tables = await this.rows<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema$|sluice$)' order by 1`,
    );
    const found: Record<string, string[]> = {};
    for (const { name } of tables) {
      const rows = await this.rows<{ row: string }>(`select t::text as row from ${name} t order by 1`);
      found[name] = rows.map(({ row }) => row);
    }
    return found;
  }

  /** Names of what is kept for undos. */
  async aside(): Promise<string[]> {
    const rows = await this.rows<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'sluice'::regnamespace and relkind in ('r', 'v', 'S')
          and relname ~ '^(trash|before|map|build)_' order by 1`,
    );
    return rows.map(({ name }) => name);
  }
}

/** The problem an activity fails with. */
export async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  try {
    await promise;
  } catch (cause) {
    if (cause instanceof ApplicationFailure) return cause.details![0] as Problem;
    throw cause;
  }
  throw new Error('it did not fail');
}
