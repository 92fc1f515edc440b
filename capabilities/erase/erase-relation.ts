import type { RelationName } from '../../schemas/change';
import { quoteIdent, quoteRelation } from '../../sql/quote';
import { LEDGER_SCHEMA as S } from '../../warehouses/ledger.sql';
import { writeRows, type Refusal } from '../../warehouses/postgres/own-write';
import type { WriteSession } from '../../warehouses/warehouse';
import { rowKey } from '../sql/catalogue/key';
import { tableTriggers, withoutTriggers } from '../sql/catalogue/triggers';
import { HASH, hashOf } from '../sql/rows/identity';
import type { KeyColumn, Target } from './body';
import { buildOf, countOf, countWritten, type ByXid } from './count';
import { isSearchable, keptOf, quotedKept, reachOf, stampOf, type KeptOf } from './kept';
import { renewStatistics } from './statistics';
import { keepSums, rememberSums } from './sums';
import { matching, paramsOf, type Values } from './values';

/** The rows that go, as they are and as they were, while one relation is worked on. */
const GONE = 'pg_temp.sluice_erase_row';

export interface ErasedFrom {
  relation: RelationName;
  rows: number;
  kept: { name: string; rows: number }[];
  /** Dropped whole: their rows cannot be told apart by person. */
  swept: { changeId: string; name: string }[];
}

/**
 * Erases rows from a relation and from everything that changes keep of it. A row is found by its values where they
 * stand; a kept row that has not all of them (a before-image of one column, a row that was inserted) by the key or the
 * content of a row that goes. What cannot be told apart by person is dropped whole, and its change can no longer be undone.
 */
export async function eraseFrom(
  session: WriteSession,
  erasure: string,
  target: Target,
  values: Values,
): Promise<ErasedFrom> {
  const kept = await keptOf(session, target.relation);
  const sums = await rememberSums(session, target.relation);
  const versions = await collect(session, target, values, kept);
  const rows = await eraseRows(session, erasure, target, values);
  const found: ErasedFrom = { relation: target.relation, rows, kept: [], swept: [] };
  for (const each of kept) {
    const count = await eraseKept(session, erasure, target, values, each, versions);
    if (count > 0) {
      found.kept.push({ name: each.name, rows: count });
      await renewStatistics(session, `${S}.${each.name}`);
    }
    if (!isSearchable(each, target.columns) && !(await isSettled(session, target, each))) {
      await sweepWhole(session, each);
      found.swept.push({ changeId: each.changeId, name: each.name });
    }
  }
  await keepSums(session, sums);
  if (rows > 0) await renewStatistics(session, target.relation);
  await session.execute(`drop table if exists ${GONE}`);
  return found;
}

/** What is known of the rows that go: columns of the relation, and whether the relation has a key for them. */
interface Versions {
  columns: KeyColumn[];
  key: string[];
}

/** Rows of the relation that match, and versions of them that changes have kept. */
async function collect(
  session: WriteSession,
  { relation, exists, columns }: Target,
  values: Values,
  kept: readonly KeptOf[],
): Promise<Versions> {
  const table = quoteRelation(relation);
  const whole = kept.find((each) => isSearchable(each, columns) && each.form !== 'values');
  const found = exists ? await columnsOf(session, relation) : (whole?.columns ?? []).filter(isOwn);
  const names = found.map(({ name }) => quoteIdent(name));
  const list = names.length > 0 ? `, ${names.join(', ')}` : '';
  await session.execute(`drop table if exists ${GONE}`);
  if (exists) {
    // A table made from a query takes no parameters.
    await session.execute(
      `create temporary table sluice_erase_row on commit drop as
       select xmin as "sluice$xmin", true as "sluice$live", ''::bytea as ${HASH}${list} from ${table} with no data`,
    );
    await session.execute(
      `insert into ${GONE} select t.xmin, true, ${hashOf('t')}${names.map((name) => `, t.${name}`).join('')}
         from ${table} t where ${matching('t', columns)}`,
      paramsOf(columns, values),
    );
  } else {
    const none = found.map(({ name, type }) => `, null::${type} as ${quoteIdent(name)}`).join('');
    await session.execute(
      `create temporary table sluice_erase_row on commit drop as
       select null::xid as "sluice$xmin", false as "sluice$live", null::bytea as ${HASH}${none} limit 0`,
    );
  }
  for (const each of kept) {
    if (each.form === 'values' || !isSearchable(each, columns)) continue;
    const types = new Map(each.columns.map(({ name, type }) => [name, type]));
    const same = found
      .filter(({ name, type }) => types.get(name) === type)
      .map(({ name }) => quoteIdent(name));
    const all = same.length === found.length && found.length > 0;
    const content = all ? hashOf(`row(${same.map((name) => `k.${name}`).join(', ')})`) : 'null';
    const { sql, params } = byValue(each, columns, values);
    await session.execute(
      `insert into ${GONE} ("sluice$live", ${HASH}${same.map((name) => `, ${name}`).join('')})
       select false, ${content}${same.map((name) => `, k.${name}`).join('')} from ${quotedKept(each)} k where ${sql}`,
      params,
    );
  }
  return { columns: found, key: exists ? ((await keyOf(session, relation)) ?? []) : [] };
}

const isOwn = ({ name }: KeyColumn): boolean => !/^sluice[_$]/.test(name);

async function columnsOf(session: WriteSession, relation: RelationName): Promise<KeyColumn[]> {
  return session.query<KeyColumn>(
    `select attname::text as name, format_type(atttypid, atttypmod) as type from pg_attribute
      where attrelid = to_regclass($1)::oid and attnum > 0 and not attisdropped order by attnum`,
    [quoteRelation(relation)],
  );
}

async function keyOf(session: WriteSession, relation: RelationName): Promise<string[] | undefined> {
  const [row] = await session.query<{ oid: string }>(`select to_regclass($1)::oid::text as oid`, [
    quoteRelation(relation),
  ]);
  return rowKey(session, row!.oid);
}

function byValue(
  kept: KeptOf,
  columns: readonly KeyColumn[],
  values: Values,
): { sql: string; params: string[] } {
  const reach = reachOf(kept, columns).byValue!;
  // A type that was changed since: then by text.
  const sql = reach
    .map(({ kept: name, type, column }, index) =>
      type === column.type
        ? `${name} = $${index + 1}::text::${type}`
        : `${name}::text = ($${index + 1}::text::${column.type})::text`,
    )
    .join(' and ');
  return { sql, params: paramsOf(columns, values) };
}

/** Rows that refer to a person's are erased, or kept without the reference, by whoever knows what they are: not along with it. */
const ERASING = (relation: RelationName): Refusal => ({
  code: 'target_mismatch',
  what: `Nothing was erased from ${relation}`,
  state: 'Nothing was changed.',
  then: 'erase again',
});

async function eraseRows(
  session: WriteSession,
  erasure: string,
  { relation, exists, columns }: Target,
  values: Values,
): Promise<number> {
  if (!exists) return 0;
  const written = await session.query<ByXid[number]>(
    `select "sluice$xmin"::text as xid, count(*)::int as n from ${GONE} where "sluice$live" group by 1`,
  );
  const rows = await writeRows(
    session,
    { relation, where: matching('t', columns) },
    ERASING(relation),
    paramsOf(columns, values),
  );
  await countWritten(session, erasure, written);
  const build = rows > 0 ? await buildOf(session, relation) : undefined;
  if (build !== undefined) await countOf(session, erasure, build, 'written', rows);
  return rows;
}

async function eraseKept(
  session: WriteSession,
  erasure: string,
  target: Target,
  values: Values,
  kept: KeptOf,
  versions: Versions,
): Promise<number> {
  const reach = reachOf(kept, target.columns);
  const conditions: string[] = [];
  let params: string[] = [];
  if (reach.byValue) {
    const found = byValue(kept, target.columns, values);
    conditions.push(`(${found.sql})`);
    ({ params } = found);
  }
  const known = new Set(versions.columns.map(({ name }) => name));
  if (reach.byKey?.every(({ column }) => known.has(column))) {
    const same = reach.byKey.map(({ kept: name, column }) => `g.${quoteIdent(column)}::text = ${name}::text`);
    const now = reach.byKey
      .map(({ column }) => `t.${quoteIdent(column)} = g.${quoteIdent(column)}`)
      .join(' and ');
    // A version of a row that is still there under its key is another row now: what was kept of that stays.
    const away = target.exists
      ? ` and (g."sluice$live" or not exists (select from ${quoteRelation(target.relation)} t where ${now}))`
      : '';
    conditions.push(`exists (select from ${GONE} g where ${same.join(' and ')}${away})`);
  }
  if (reach.byContent) conditions.push(`k.${HASH} in (select g.${HASH} from ${GONE} g)`);
  if (conditions.length === 0) return 0;
  const stamp = stampOf(kept);
  // A dropped table still has its triggers; what they would do was nobody's wish.
  const quiet =
    kept.form === 'table' ? await triggersOff(session, quotedKept(kept)) : { before: [], after: [] };
  for (const statement of quiet.before) await session.execute(statement);
  const gone = await session.query<{ xid: string | null; n: number }>(
    `with gone as (delete from ${quotedKept(kept)} k where ${conditions.join(' or ')}
                   returning ${stamp ? `${stamp}::text` : 'null::text'} as xid)
     select xid, count(*)::int as n from gone group by 1`,
    params,
  );
  for (const statement of quiet.after) await session.execute(statement);
  const rows = gone.reduce((sum, { n }) => sum + n, 0);
  await countWritten(
    session,
    erasure,
    gone.flatMap(({ xid, n }) => (xid === null ? [] : [{ xid, n }])),
  );
  if (kept.kind === 'ingest')
    await countOf(session, erasure, kept.changeId, kept.name.startsWith('before') ? 'before' : 'trash', rows);
  if (kept.kind === 'model' && rows > 0) {
    const earlier = await buildOf(session, target.relation, kept.changeId);
    if (earlier !== undefined) await countOf(session, erasure, earlier, 'written', rows);
  }
  return rows;
}

async function triggersOff(
  session: WriteSession,
  quoted: string,
): Promise<{ before: string[]; after: string[] }> {
  const [row] = await session.query<{ oid: string }>('select to_regclass($1)::oid::text as oid', [quoted]);
  return withoutTriggers(await tableTriggers(session, row!.oid));
}

/**
 * Of kept values that have only a key to find their rows by: true when each of them belongs to a row that is there and
 * stays. One without a row may be the person's.
 */
async function isSettled(
  session: WriteSession,
  { relation, exists, columns }: Target,
  kept: KeptOf,
): Promise<boolean> {
  const { byKey } = reachOf(kept, columns);
  if (!exists || !byKey) return false;
  const known = new Set((await columnsOf(session, relation)).map(({ name }) => name));
  if (!byKey.every(({ column }) => known.has(column))) return false;
  const same = byKey
    .map(({ kept: name, column }) => `t.${quoteIdent(column)}::text = ${name}::text`)
    .join(' and ');
  const [row] = await session.query<{ left: boolean }>(
    `select exists (select from ${quotedKept(kept)} k
       where not exists (select from ${quoteRelation(relation)} t where ${same})) as left`,
  );
  return !row!.left;
}

async function sweepWhole(session: WriteSession, kept: KeptOf): Promise<void> {
  await session.execute(`drop table ${quotedKept(kept)}`);
  await session.execute(`delete from ${S}.kept where name = $1`, [kept.name]);
  await session.execute(
    `insert into ${S}.swept (change_id, what, because) values ($1, 'undo', 'erasure')
     on conflict (change_id, what) do nothing`,
    [kept.changeId],
  );
}
