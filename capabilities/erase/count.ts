import { LEDGER_SCHEMA as S } from '../../warehouses/ledger.sql';
import type { WriteSession } from '../../warehouses/warehouse';

/** How many rows that each transaction wrote were erased. */
export type ByXid = { xid: string; n: number }[];

/**
 * Rows belong to the load whose transaction wrote them: so many fewer are there when it is undone, and its undo must
 * expect no more. Rows that no load wrote are passed over.
 */
export async function countWritten(session: WriteSession, erasure: string, rows: ByXid): Promise<void> {
  if (rows.length === 0) return;
  await session.execute(
    `insert into ${S}.erased_rows (erasure, change_id, what, rows)
     select $1, owner.load_id, 'written', sum(gone.n)
       from unnest($2::text[], $3::bigint[]) as gone (xid, n)
       join (select load_id, xid::xid::text as xid from ${S}.load where not undone
             union
             select x.load_id, x.xid::text from ${S}.load_xid x join ${S}.load l using (load_id) where not l.undone) owner using (xid)
      group by owner.load_id
     on conflict (erasure, change_id, what) do update set rows = erased_rows.rows + excluded.rows`,
    [erasure, rows.map(({ xid }) => xid), rows.map(({ n }) => n)],
  );
}

/** Rows that a change had kept, or that a model's build had made. */
export async function countOf(
  session: WriteSession,
  erasure: string,
  changeId: string,
  what: 'written' | 'before' | 'trash',
  n: number,
): Promise<void> {
  if (n === 0) return;
  await session.execute(
    `insert into ${S}.erased_rows (erasure, change_id, what, rows) values ($1, $2, $3, $4)
     on conflict (erasure, change_id, what) do update set rows = erased_rows.rows + excluded.rows`,
    [erasure, changeId, what, n],
  );
}

/** The build whose rows a model's table holds: the newest that stands, or the newest before another build. */
export async function buildOf(
  session: WriteSession,
  relation: string,
  before?: string,
): Promise<string | undefined> {
  const rows = await session.query<{ id: string }>(
    `select c.change_id as id from ${S}.change c
      where c.kind = 'model' and c.state = 'applied' and c.writes @> array[$1::text]
        and ($2::text is null or c.applied_at < (select b.applied_at from ${S}.change b where b.change_id = $2))
      order by c.applied_at desc limit 1`,
    [relation, before ?? null],
  );
  return rows[0]?.id;
}
