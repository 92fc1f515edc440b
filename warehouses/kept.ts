import type { RelationName } from '../schemas/change';
import { normaliseRelation, quoteRelation } from '../sql/quote';
import { LEDGER_SCHEMA } from './ledger.sql';
import type { ReadSession, WriteSession } from './warehouse';

/** A table of Sluice's schema that a change keeps for its undo. */
export interface Kept {
  /** Without its schema, unquoted. */
  name: string;
  /** The relation whose rows they are, as it was called then. */
  relation: RelationName;
  /** Columns by which its rows are found again; absent: by their content. */
  key?: readonly string[];
  form: 'rows' | 'values' | 'table';
}

/** Puts on record what a change keeps, in the transaction that keeps it: sweeps and erasures go by this. */
export async function noteKept(session: WriteSession, changeId: string, kept: Kept): Promise<void> {
  await session.execute(
    `insert into ${LEDGER_SCHEMA}.kept (name, change_id, relation, relid, key_columns, form)
     values ($1, $2, $3, case when $6 = 'table' then to_regclass($4)::oid else to_regclass($7)::oid end, $5, $6)
     on conflict (name) do nothing`,
    [
      kept.name,
      changeId,
      normaliseRelation(kept.relation),
      quoteRelation(`${LEDGER_SCHEMA}.${kept.name}`),
      kept.key ?? null,
      kept.form,
      quoteRelation(kept.relation),
    ],
  );
}

/** After an undo has put everything back: nothing is kept any more. */
export async function forgetKept(session: WriteSession, changeId: string): Promise<void> {
  await session.execute(`delete from ${LEDGER_SCHEMA}.kept where change_id = $1`, [changeId]);
}

/** Names of what a change keeps end in (the beginning of) this. Twelve digits of it are in each of them. */
const MARK = (changeId: string): string => `left(encode(sha256(convert_to(${changeId}, 'UTF8')), 'hex'), 12)`;

/** Relations of Sluice's schema that are kept for undos, by the names that capabilities give them. */
const ASIDE = `select c.oid, c.relname::text as name, c.relkind::text as kind,
    substring(c.relname from '^(?:trash|before|map|build)_([0-9a-f]{12})') as mark,
    case when c.relkind = 'r' then pg_total_relation_size(c.oid) else 0 end as bytes
  from pg_class c
  where c.relnamespace = '${LEDGER_SCHEMA}'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S')
    and c.relname ~ '^(trash|before|map|build)_[0-9a-f]{12}'
    -- A sequence that belongs to a column goes and comes with its table.
    and not (c.relkind = 'S' and exists (select from pg_depend d where d.classid = 'pg_class'::regclass
               and d.objid = c.oid and d.deptype in ('a', 'i')))`;

/** `aside (oid, name, kind, mark, bytes, change_id)`: what is kept, and by which change that stands; null: by none. */
export const ASIDE_CTE = `found as materialized (${ASIDE}),
  marked as materialized (select change_id, ${MARK('change_id')} as mark from ${LEDGER_SCHEMA}.change where state = 'applied'),
  aside as (select f.*, m.change_id from found f left join marked m using (mark))`;

/** Bytes that are held for undos in this warehouse. */
export async function heldBytes(session: ReadSession): Promise<number> {
  const [row] = await session.query<{ bytes: number }>(
    `select coalesce(sum(bytes), 0)::float8 as bytes from (${ASIDE}) held`,
  );
  return row!.bytes;
}

/** How many rows of a change erasures have taken: so many fewer are there when it is undone. */
export async function erasedOf(
  session: ReadSession,
  changeId: string,
): Promise<Record<'written' | 'before' | 'trash', number>> {
  const [row] = await session.query<{ written: number; before: number; trash: number }>(
    `select coalesce(sum(rows) filter (where what = 'written'), 0)::float8 as written,
            coalesce(sum(rows) filter (where what = 'before'), 0)::float8 as before,
            coalesce(sum(rows) filter (where what = 'trash'), 0)::float8 as trash
       from ${LEDGER_SCHEMA}.erased_rows where change_id = $1`,
    [changeId],
  );
  return row!;
}
