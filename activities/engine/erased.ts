import { countWritten } from '../../capabilities/erase/count';
import { isErased } from '../../capabilities/erase/remember';
import type { ErasureHouse } from '../../capabilities/house';
import type { Change, RelationName } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import { quoteRelation } from '../../sql/quote';
import type { HmacKey } from '../../store/erasures';
import { LEDGER_SCHEMA as S } from '../../warehouses/ledger.sql';
import { assertReachesNobody, statementOf, undoing } from '../../warehouses/postgres/own-write';
import type { WriteSession } from '../../warehouses/warehouse';

interface Erasure {
  id: string;
  relation: RelationName;
  columns: string[];
  keyId: string;
  hmac: Buffer;
  /** What its relation is called now, among what the change wrote. */
  now: RelationName;
}

/** What must be looked at when a change is undone: whose rows were erased since it was applied. */
export interface Watched {
  erasures: Erasure[];
  /** The oid of each relation before the undo; null: it is not there. */
  before: Map<RelationName, string | null>;
}

/** Erasures of the relations that a change wrote, since it was applied; `undefined`: none, as nearly always. */
export async function erasedSince(session: WriteSession, change: Change): Promise<Watched | undefined> {
  const erasures = await session.query<Erasure>(
    `select e.change_id as id, e.relation, e.key_columns as columns, e.key_id as "keyId", e.key_hmac as hmac, w.name as now
       from ${S}.change mine join ${S}.erasure e on e.erased_at > mine.applied_at, unnest(mine.writes) as w (name)
      where mine.change_id = $1 and w.name not like '%.*'
        and (e.relation = w.name
             or e.relid = (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
                            where n.nspname = split_part(w.name, '.', 1) and c.relname = substr(w.name, strpos(w.name, '.') + 1)))`,
    [change.id],
  );
  if (erasures.length === 0) return undefined;
  const before: Watched['before'] = new Map();
  for (const { now } of erasures) before.set(now, await oidOf(session, now));
  return { erasures, before };
}

/**
 * After the undo: rows that it has put back and whose key was erased since are taken out again, found by the hash of
 * their key. What is erased is gone from everything that is kept already; this holds also for what came back another
 * way (a restored backup, a copy made by hand). Throws `undo_refused` when the key of the hashes is not known.
 */
export async function takeOutErased(
  session: WriteSession,
  change: Change,
  { erasures, before }: Watched,
  house: ErasureHouse | undefined,
): Promise<void> {
  const keys =
    (await house?.keys([...new Set(erasures.map(({ keyId }) => keyId))])) ?? new Map<string, HmacKey>();
  for (const erasure of erasures) {
    const { id, relation, columns, keyId, hmac, now } = erasure;
    const key = keys.get(keyId);
    if (!key) throw unknownKey(relation);
    const oid = await oidOf(session, now);
    if (oid === null || !(await hasColumns(session, oid, columns))) continue;
    // A table that came back as a whole is all from before; of one that stayed, only what this undo has written.
    const written = oid === before.get(now) ? ' and age(t.xmin) <= age(pg_current_xact_id()::xid)' : '';
    const rows = { relation: now, where: `${isErased(columns)}${written}` };
    const params = [key.outer, key.inner, [hmac], relation, columns];
    await assertReachesNobody(session, rows, undoing(change), params);
    const gone = await session.query<{ xid: string; n: number }>(
      `with gone as (${statementOf(rows)} returning t.xmin::text as xid)
       select xid, count(*)::int as n from gone group by 1`,
      params,
    );
    await countWritten(session, id, gone);
  }
}

async function oidOf(session: WriteSession, relation: RelationName): Promise<string | null> {
  const [row] = await session.query<{ oid: string | null }>('select to_regclass($1)::oid::text as oid', [
    quoteRelation(relation),
  ]);
  return row!.oid;
}

async function hasColumns(session: WriteSession, oid: string, columns: readonly string[]): Promise<boolean> {
  const rows = await session.query(
    `select from pg_attribute a join pg_class c on c.oid = a.attrelid
      where a.attrelid = $1::oid and a.attname = any($2) and not a.attisdropped and c.relkind in ('r', 'p')`,
    [oid, columns],
  );
  return rows.length === columns.length;
}

function unknownKey(relation: string): Error {
  return fail(
    'undo_refused',
    `Rows of ${relation} were erased since, and the key with which they are remembered is not in this store: nobody can tell whether the undo would bring them back.`,
    {
      state: 'Nothing was undone.',
      next: 'Undo with the store that erased them, or restore its table erasure_key.',
      place: relation,
    },
  );
}
