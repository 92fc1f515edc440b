import { quoteIdent } from '../../sql/quote';
import { ASIDE_CTE } from '../../warehouses/kept';
import { LEDGER_SCHEMA } from '../../warehouses/ledger.sql';
import type { ReadSession, WriteSession } from '../../warehouses/warehouse';
import type { Due } from '../house';

/** A relation of Sluice's schema that was kept for an undo and is due. */
export interface DueKept {
  name: string;
  kind: 'r' | 'p' | 'v' | 'm' | 'S';
  bytes: number;
  /** The change that stands; null: none does, it is an orphan. */
  changeId: string | null;
  /** ISO 8601, when the change was applied. */
  since: string | null;
  because: 'retention' | 'cap';
}

/**
 * What was kept for undos and is not needed any more: of changes past what their proposal promised (past `undoMs`
 * where it promised nothing), unless their run is open; and what no change that stands has kept.
 */
export async function dueKept(
  session: ReadSession,
  undoMs: number,
  openRuns: readonly string[],
): Promise<DueKept[]> {
  return session.query<DueKept>(
    `with ${ASIDE_CTE}
     select a.name, a.kind, a.bytes::float8 as bytes, a.change_id as "changeId",
            to_char(c.applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since,
            -- Kept until its run has ended, and no longer.
            case when c.keep_until <= c.applied_at then 'cap' else 'retention' end as because
       from aside a left join ${LEDGER_SCHEMA}.change c on c.change_id = a.change_id
      where c.change_id is null
         or (coalesce(c.keep_until, c.applied_at + $1::float8 * interval '1 millisecond') <= clock_timestamp()
             and c.run_id <> all($2::text[]))
      order by c.applied_at nulls first, a.kind = 'S', a.name`,
    [undoMs, openRuns],
  );
}

export interface SweptKept {
  swept: DueKept[];
  /** Something stands in the way (a view upon it, a lock): it is tried again by the next sweep. */
  left: { name: string; why: string }[];
}

/** Drops them. A change that is being undone in this moment is passed over; what cannot be dropped is left, and named. */
export async function sweepKept(session: WriteSession, due: readonly DueKept[]): Promise<SweptKept> {
  const ids = [...new Set(due.flatMap(({ changeId }) => changeId ?? []))];
  const locked = await session.query<{ id: string }>(
    `select change_id as id from ${LEDGER_SCHEMA}.change where change_id = any($1) and state = 'applied'
      for update skip locked`,
    [ids],
  );
  const free = new Set(locked.map(({ id }) => id));
  const result: SweptKept = { swept: [], left: [] };
  for (const item of due) {
    if (item.changeId !== null && !free.has(item.changeId)) {
      result.left.push({ name: item.name, why: 'its change is being undone' });
      continue;
    }
    await session.execute('savepoint sluice_sweep');
    try {
      // The partitions of a table that was dropped have gone with it.
      await session.execute(
        `drop ${WHAT[item.kind]} if exists ${quoteIdent(LEDGER_SCHEMA)}.${quoteIdent(item.name)}`,
      );
      await session.execute(`delete from ${LEDGER_SCHEMA}.kept where name = $1`, [item.name]);
      if (item.changeId !== null) await noteSwept(session, { ...item, changeId: item.changeId });
      await session.execute('release savepoint sluice_sweep');
      result.swept.push(item);
    } catch (cause) {
      if ((cause as { code?: string }).code === 'cancelled') throw cause;
      await session.execute('rollback to savepoint sluice_sweep');
      result.left.push({ name: item.name, why: cause instanceof Error ? cause.message : String(cause) });
    }
  }
  return result;
}

const WHAT = { r: 'table', p: 'table', v: 'view', m: 'materialized view', S: 'sequence' } as const;

/** From now on an undo of the change says that it is too late, and since when. */
async function noteSwept(
  session: WriteSession,
  { changeId, because, bytes }: { changeId: string; because: string; bytes: number },
): Promise<void> {
  await session.execute(
    `insert into ${LEDGER_SCHEMA}.swept (change_id, what, because, bytes) values ($1, 'undo', $2, $3)
     on conflict (change_id, what) do update set bytes = swept.bytes + excluded.bytes`,
    [changeId, because, Math.round(bytes)],
  );
}

export function dueOf(kept: readonly DueKept[]): Due {
  const since = kept.flatMap((item) => item.since ?? []).sort();
  return {
    count: kept.length,
    bytes: kept.reduce((sum, item) => sum + item.bytes, 0),
    oldest: since[0] ?? null,
  };
}
