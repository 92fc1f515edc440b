import { sql, type Selectable } from 'kysely';
import type { RunKind } from '../schemas/life';
import { FINAL_STATUSES, type RunDocument, type RunStatus } from '../schemas/run';
import type { StoreDb, StoreTables } from './database';
import { Write } from './write';

export interface RunRow {
  runId: string;
  goal: string;
  workflowId: string;
  temporalRunId: string;
  mode: RunKind;
  status: RunStatus;
  startedBy: string;
  bundle: string;
  digest: string | null;
  proposal: string | null;
  document: RunDocument | null;
  startedAt: Date;
  updatedAt: Date;
  /** Of an undo: the run that it takes back. */
  undoes: string | null;
}

/** What is known of every run after (and while) it lives; the workflow itself is the truth while it is open. */
export class Runs {
  constructor(private readonly db: StoreDb) {}

  /** Idempotent: a retried admit writes the same row. */
  begin(run: {
    runId: string;
    goal: string;
    workflowId: string;
    temporalRunId: string;
    mode: 'plan' | 'apply';
    startedBy: string;
    bundle: string;
  }): Write {
    const statement = this.db
      .insertInto('run')
      .values({
        run_id: run.runId,
        goal: run.goal,
        workflow_id: run.workflowId,
        temporal_run_id: run.temporalRunId,
        mode: run.mode,
        status: 'planning',
        started_by: run.startedBy,
        bundle: run.bundle,
        digest: null,
        proposal: null,
        document: null,
      })
      .onConflict((c) => c.column('run_id').doNothing());
    return new Write(this.db, statement);
  }

  /** An undo that waits for a decision, with what it proposes: a run of its own. Idempotent. */
  beginUndo(undo: Omit<RunRow, 'mode' | 'status' | 'document' | 'startedAt' | 'updatedAt'>): Write {
    const statement = this.db
      .insertInto('run')
      .values({
        run_id: undo.runId,
        goal: undo.goal,
        workflow_id: undo.workflowId,
        temporal_run_id: undo.temporalRunId,
        mode: 'undo',
        status: 'waiting',
        started_by: undo.startedBy,
        bundle: undo.bundle,
        digest: undo.digest,
        proposal: undo.proposal,
        document: null,
        undoes: undo.undoes,
      })
      .onConflict((c) => c.column('run_id').doNothing());
    return new Write(this.db, statement);
  }

  proposed(runId: string, status: RunStatus, digest: string, proposal: string): Write {
    const statement = this.db
      .updateTable('run')
      .set({ status, digest, proposal, updated_at: sql`clock_timestamp()` })
      .where('run_id', '=', runId);
    return new Write(this.db, statement);
  }

  /** Where a run is, for those who list runs; the workflow's own answer is the truth. */
  became(runId: string, status: RunStatus): Write {
    const statement = this.db
      .updateTable('run')
      .set({ status })
      .where('run_id', '=', runId)
      .where('status', '<>', status);
    return new Write(this.db, statement);
  }

  /**
   * An operator has reset the run's workflow: it lives in another execution now. `reopened`: it had ended, and goes on.
   * What was reported since `row` was read stands.
   */
  async moved(row: RunRow, execution: string, reopened: boolean): Promise<void> {
    await this.db
      .updateTable('run')
      .set({ temporal_run_id: execution, ...(reopened ? { status: 'planning', document: null } : {}) })
      .where('run_id', '=', row.runId)
      .where('temporal_run_id', '=', row.temporalRunId)
      .where(sql<Date>`date_trunc('milliseconds', updated_at)`, '=', row.updatedAt)
      .execute();
  }

  /** Its workflow is over without having said how; true: this call has written the end. */
  async close(row: RunRow, document: RunDocument): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable('run')
      .set({
        status: document.status,
        document: JSON.stringify(document),
        updated_at: sql`clock_timestamp()`,
      })
      .where('run_id', '=', row.runId)
      .where('temporal_run_id', '=', row.temporalRunId)
      .where('status', 'not in', [...FINAL_STATUSES])
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Runs that have not said how they ended, by their ids; those after this one. */
  async open(limit: number, after = ''): Promise<RunRow[]> {
    const rows = await this.db
      .selectFrom('run')
      .selectAll()
      .where('status', 'not in', [...FINAL_STATUSES])
      .where('run_id', '>', after)
      .orderBy('run_id')
      .limit(limit)
      .execute();
    return rows.map(toRow);
  }

  /**
   * Runs that changed something, or may have, the newest first: those that stand, those that were undone since, and
   * those that are being applied or held. Not those whose changes were taken back before they ended.
   */
  async changed(filter: { startedBy?: string; since?: Date; limit: number }): Promise<RunRow[]> {
    let query = this.db
      .selectFrom('run')
      .selectAll()
      .where('mode', '=', 'apply')
      .where(
        sql<boolean>`case
          when status in ('applying', 'held', 'needs_operator') then true
          when document is null then false
          when status = 'succeeded' then not coalesce((document ->> 'nothingNew')::boolean, false)
          when status = 'undone' then document -> 'error' is null
          else jsonb_path_exists(document, '$.steps[*] ? (@.status == "applied")')
        end`,
      )
      .orderBy('started_at', 'desc')
      .limit(filter.limit);
    if (filter.startedBy !== undefined) query = query.where('started_by', '=', filter.startedBy);
    if (filter.since !== undefined)
      query = query.where(sql<Date>`date_trunc('milliseconds', started_at)`, '>=', filter.since);
    return (await query.execute()).map(toRow);
  }

  report(document: RunDocument): Write {
    const statement = this.db
      .updateTable('run')
      .set({
        status: document.status,
        document: JSON.stringify(document),
        updated_at: sql`clock_timestamp()`,
      })
      .where('run_id', '=', document.runId);
    return new Write(this.db, statement);
  }

  /** The run of exactly this id. */
  async get(runId: string): Promise<RunRow | undefined> {
    const row = await this.db.selectFrom('run').selectAll().where('run_id', '=', runId).executeTakeFirst();
    return row && toRow(row);
  }

  /** The run of this id, else the newest whose workflow has it: Temporal's own tools know no other. */
  async named(id: string): Promise<RunRow | undefined> {
    const row = await this.db
      .selectFrom('run')
      .selectAll()
      .where((e) => e.or([e('run_id', '=', id), e('workflow_id', '=', id)]))
      .orderBy(sql`run_id = ${id}`, 'desc')
      .orderBy('started_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && toRow(row);
  }

  /** What a person may mean: the one run that is named exactly so, else the newest ten whose ids begin like that. */
  async find(idOrPrefix: string): Promise<RunRow[]> {
    const exact = await this.named(idOrPrefix);
    if (exact) return [exact];
    const rows = await this.db
      .selectFrom('run')
      .selectAll()
      // A prefix, as people type; escaped so that it stays one.
      .where('run_id', 'like', `${idOrPrefix.replace(/[\\%_]/g, '\\$&')}%`)
      .orderBy('started_at', 'desc')
      .limit(10)
      .execute();
    return rows.map(toRow);
  }

  /** A run's mode, and how the one of its goal before it ended, if there was one that acted. */
  async before(runId: string): Promise<{ mode: string; previous: RunStatus | undefined } | undefined> {
    const { rows } = await sql<{ mode: string; previous: RunStatus | null }>`
      select mode, (
        select status from run before
         where before.goal = run.goal and before.mode = 'apply' and before.started_at < run.started_at
           and before.status in ('succeeded', 'rolled_back', 'stale', 'needs_operator', 'expired')
         order by started_at desc limit 1) as previous
        from run where run_id = ${runId}`.execute(this.db);
    return rows[0] && { mode: rows[0].mode, previous: rows[0].previous ?? undefined };
  }

  async list(filter: {
    goal?: string;
    startedBy?: string;
    status?: RunStatus;
    limit: number;
  }): Promise<RunRow[]> {
    let query = this.db.selectFrom('run').selectAll().orderBy('started_at', 'desc').limit(filter.limit);
    if (filter.goal !== undefined) query = query.where('goal', '=', filter.goal);
    if (filter.startedBy !== undefined) query = query.where('started_by', '=', filter.startedBy);
    if (filter.status !== undefined) query = query.where('status', '=', filter.status);
    return (await query.execute()).map(toRow);
  }
}

function toRow(row: Selectable<StoreTables['run']>): RunRow {
  return {
    runId: row.run_id,
    goal: row.goal,
    workflowId: row.workflow_id,
    temporalRunId: row.temporal_run_id,
    mode: row.mode as RunKind,
    status: row.status,
    startedBy: row.started_by,
    bundle: row.bundle,
    digest: row.digest,
    proposal: row.proposal,
    document: row.document,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    undoes: row.undoes,
  };
}
