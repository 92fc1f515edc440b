import { LEDGER_SCHEMA as S } from '../../warehouses/ledger.sql';
import type { ReadSession, WriteSession } from '../../warehouses/warehouse';
import type { Due } from '../house';

const ISO = (value: string): string => `to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/**
 * Loads whose quarantined rows are due. By the ledger: who only looks does not see the quarantine. $1 milliseconds, $2 open runs.
 */
const QUARANTINED = `select l.load_id, l.rows_quarantined, l.loaded_at
  from ${S}.load l join ${S}.change c on c.change_id = l.load_id
 where l.rows_quarantined > 0 and not l.undone and l.loaded_at < clock_timestamp() - $1::float8 * interval '1 millisecond'
   and c.run_id <> all($2::text[])
   and not exists (select from ${S}.swept s where s.change_id = l.load_id and s.what = 'quarantine')`;

export async function dueQuarantine(session: ReadSession, ms: number, open: readonly string[]): Promise<Due> {
  const [row] = await session.query<Due>(
    `select coalesce(sum(rows_quarantined), 0)::float8 as count, 0 as bytes, ${ISO('min(loaded_at)')} as oldest
       from (${QUARANTINED}) due`,
    [ms, open],
  );
  return row!;
}

/** Deletes them, and rows that no load knows. Returns how many. */
export async function sweepQuarantine(
  session: WriteSession,
  ms: number,
  open: readonly string[],
): Promise<number> {
  await session.execute(
    `insert into ${S}.swept (change_id, what, because) select load_id, 'quarantine', 'retention' from (${QUARANTINED}) due
     on conflict (change_id, what) do nothing`,
    [ms, open],
  );
  return session.execute(
    `delete from ${S}.quarantine q where q.quarantined_at < clock_timestamp() - $1::float8 * interval '1 millisecond'
        and (exists (select from ${S}.swept s where s.change_id = q.load_id and s.what = 'quarantine')
             or not exists (select from ${S}.load l where l.load_id = q.load_id and not l.undone))`,
    [ms],
  );
}

/**
 * Ledger rows that say nothing any more: of what was undone, never happened or only read. What tells what is loaded,
 * and who wrote what stands, is kept as long as it stands, however old: without it files would be loaded twice.
 * A model's undone builds are kept beside its standing ones: they tell whose its rows are.
 */
const SPENT = `select c.change_id, coalesce(c.undone_at, c.applied_at) as at from ${S}.change c
 where (c.state in ('undone', 'never') or (c.state = 'applied' and c.writes = '{}'))
   and coalesce(c.undone_at, c.applied_at) < clock_timestamp() - $1::float8 * interval '1 millisecond'
   and c.run_id <> all($2::text[])
   and not (c.kind = 'model' and exists (select from ${S}.change s
              where s.state = 'applied' and s.kind = 'model' and s.writes && c.writes))`;

export async function dueLedger(session: ReadSession, ms: number, open: readonly string[]): Promise<Due> {
  const [row] = await session.query<Due>(
    `select count(*)::float8 as count, 0 as bytes, ${ISO('min(at)')} as oldest from (${SPENT}) due`,
    [ms, open],
  );
  return row!;
}

export async function sweepLedger(
  session: WriteSession,
  ms: number,
  open: readonly string[],
): Promise<number> {
  const spent = await session.query<{ id: string }>(`select change_id as id from (${SPENT}) due`, [ms, open]);
  const ids = spent.map(({ id }) => id);
  await session.execute(`delete from ${S}.load where load_id = any($1)`, [ids]);
  await session.execute(`delete from ${S}.swept where change_id = any($1)`, [ids]);
  await session.execute(`delete from ${S}.kept where change_id = any($1)`, [ids]);
  return session.execute(`delete from ${S}.change where change_id = any($1)`, [ids]);
}
