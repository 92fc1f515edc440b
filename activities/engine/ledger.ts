import type {
  Applied,
  Change,
  Check,
  RelationFingerprint,
  RelationName,
  RowCounts,
} from '../../schemas/change';
import type { Effect } from '../../schemas/effect';
import type { ReadSession, WriteSession } from '../../warehouses/warehouse';

/** The ledger's row of one change, as the target's own transaction wrote it. */
export interface LedgerEntry {
  state: 'applying' | 'applied' | 'undone' | 'never';
  applied: Applied | null;
  checks: Check[] | null;
  after: Record<RelationName, RelationFingerprint> | null;
  undone: UndoneEntry | null;
}

/** What its undo did, and which undo that was. */
export interface UndoneEntry {
  /** The undo's id; absent where nobody can ask a second time (a rehearsal). */
  by?: string;
  rows: RowCounts;
  observed?: Effect[];
}

const ENTRY = 'state, applied, checks, after, undone';

/**
 * Claims a change for this transaction. A second attempt blocks here, on the primary key, until the first one has
 * committed or aborted: that is what makes a change happen exactly once. Returns false when the change is settled.
 */
export async function claim(
  session: WriteSession,
  change: Change,
  run: { runId: string; goal: string },
  digest: string,
): Promise<boolean> {
  const inserted = await session.execute(
    `insert into sluice.change (change_id, run_id, goal, step, kind, state, digest, writes, reads)
     values ($1, $2, $3, $4, $5, 'applying', $6, $7, $8) on conflict (change_id) do nothing`,
    [change.id, run.runId, run.goal, change.step, change.kind, digest, change.writes, change.reads],
  );
  return inserted === 1;
}

export async function readEntry(session: ReadSession, changeId: string): Promise<LedgerEntry | undefined> {
  const rows = await session.query<LedgerEntry>(`select ${ENTRY} from sluice.change where change_id = $1`, [
    changeId,
  ]);
  return rows[0];
}

/** Whether a transaction can report what it counted as soon as it ends. Before version 15 none can. */
const reportsCounts = async (session: ReadSession): Promise<boolean> => (await session.serverMajor()) >= 15;

/** The next look at the statistics of what this transaction wrote counts it. */
export async function reportCounts(session: ReadSession): Promise<void> {
  if (await reportsCounts(session)) await session.query('select pg_stat_force_next_flush()');
}

/** The last statement of an apply. The next look at its tables' statistics counts the transaction. */
export async function settle(
  session: WriteSession,
  change: Pick<Change, 'id' | 'keepMs'>,
  result: { applied: Applied; checks: Check[]; after: Record<RelationName, RelationFingerprint> },
): Promise<void> {
  const flush = await reportsCounts(session);
  await session.execute(
    `update sluice.change set state = 'applied', applied = $2, checks = $3, after = $4, applied_at = clock.now,
            keep_until = clock.now + $5::float8 * interval '1 millisecond'
       from (select clock_timestamp() as now) clock
      where change_id = $1${flush ? ' returning pg_stat_force_next_flush()' : ''}`,
    [
      change.id,
      JSON.stringify(result.applied),
      JSON.stringify(result.checks),
      JSON.stringify(result.after),
      change.keepMs ?? null,
    ],
  );
}

/**
 * Locks the ledger's row of a change for its undo. Where there is none, leaves a tombstone, so that an attempt that
 * is still on its way can never apply the change after its undo was asked for; then the answer is `undefined`.
 */
export async function lockForUndo(
  session: WriteSession,
  change: Change,
  run: { runId: string; goal: string },
): Promise<LedgerEntry | undefined> {
  const inserted = await session.execute(
    `insert into sluice.change (change_id, run_id, goal, step, kind, state, writes)
     values ($1, $2, $3, $4, $5, 'never', $6) on conflict (change_id) do nothing`,
    [change.id, run.runId, run.goal, change.step, change.kind, change.writes],
  );
  if (inserted === 1) return undefined;
  const rows = await session.query<LedgerEntry>(
    `select ${ENTRY} from sluice.change where change_id = $1 for update`,
    [change.id],
  );
  return rows[0];
}

/** The last statement of an undo. */
export async function markUndone(
  session: WriteSession,
  changeId: string,
  undone: UndoneEntry,
): Promise<void> {
  await session.execute(
    `update sluice.change set state = 'undone', undone_at = clock_timestamp(), undone = $2 where change_id = $1`,
    [changeId, JSON.stringify(undone)],
  );
}

/** When and why what the undo of a change needs was swept; `undefined`: it was not. */
export async function sweptUndo(
  session: ReadSession,
  changeId: string,
): Promise<{ on: string; because: 'retention' | 'cap' | 'erasure' } | undefined> {
  const rows = await session.query<{ on: string; because: 'retention' | 'cap' | 'erasure' }>(
    `select to_char(swept_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' as on, because
       from sluice.swept where change_id = $1 and what = 'undo'`,
    [changeId],
  );
  return rows[0];
}

/** Later changes of other runs that stand on what this one wrote, newest first. */
export async function laterChanges(
  session: ReadSession,
  change: Change,
  runId: string,
): Promise<{ runId: string; goal: string; step: string; relation: string }[]> {
  if (change.writes.length === 0) return [];
  return session.query(
    `select later.run_id as "runId", later.goal, later.step,
            (select w from unnest(later.writes) w where w = any($3) limit 1) as relation
       from sluice.change mine
       join sluice.change later on later.applied_at > mine.applied_at and later.state = 'applied'
        -- What an erasure took is accounted for (sluice.erased_rows): nothing stands on it.
        and later.kind <> 'erase' and later.run_id <> $2 and later.writes && $3
      where mine.change_id = $1
      order by later.applied_at desc limit 20`,
    [change.id, runId, change.writes],
  );
}
