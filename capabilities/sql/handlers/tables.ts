import { quoteIdent, quoteLiteral, quoteRelation, splitRelation } from '../../../sql/quote';
import { hideRows, showRows } from '../../../warehouses/ledger.sql';
import type { ReadSession } from '../../../warehouses/warehouse';
import { renamed, type ActionOf } from '../action';
import { attachedTo, type Attached } from '../catalogue/attached';
import { dependentsOf } from '../catalogue/dependents';
import { findRelation, membersOf, type Relation } from '../catalogue/relation';
import { ownedSequences, type OwnedSequence } from '../catalogue/sequences';
import { nothing, refuse, run, runs, type Plan, type Planning, type UndoStep } from '../plan';
import { hashOf, ROW } from '../rows/identity';
import { expectRelation, nameFree, relationKey } from './expect';
import { attachAgain } from './partitions';
import { recordedAs } from './stamped';
import { mismatch, needTable } from './target';

export async function planCreateTable(action: ActionOf<'create table'>, at: Planning): Promise<Plan> {
  const { relation, optional, fromQuery } = action;
  const existing = await findRelation(at.session, relation);
  if (existing) {
    if (optional) return nothing(`${relation} exists`);
    throw mismatch(action, `${relation} exists already.`, 'Choose another name or write IF NOT EXISTS.');
  }
  for (const parent of action.parents) await needTable(at.session, action, parent, 'follow');
  const table = quoteRelation(relation);
  const above = action.parents.map(
    (parent) => `lock table only ${quoteRelation(parent)} in access exclusive mode`,
  );
  return {
    acts: [{ sql: action.text, counts: fromQuery ? 'inserted' : undefined }],
    undo: async (after) => [
      ...runs(above),
      run(`lock table only ${table} in access exclusive mode`),
      refuse(
        `select count(*) as n from pg_inherits where inhparent = to_regclass(${quoteLiteral(table)})`,
        `tables were made partitions of ${relation}, or inherit from it`,
      ),
      await sameRows(relation, fromQuery, after),
      // A foreign key to the table above holds on to its partitions.
      ...(action.node['partbound'] === undefined
        ? []
        : runs(
            action.parents.map((parent) => `alter table ${quoteRelation(parent)} detach partition ${table}`),
          )),
      run(`drop table ${table}`),
    ],
    expect: [expectRelation(relation, true)],
  };
}

/** A table that was made from a query is dropped with exactly the rows of that query, any other only when empty. */
async function sameRows(relation: string, fromQuery: boolean, after?: ReadSession): Promise<UndoStep> {
  const table = quoteRelation(relation);
  if (!fromQuery)
    return refuse(`select count(*) as n from only ${table}`, `{n} rows were put into ${relation} since`);
  const sum = `select concat(count(*), '/', sum(('x' || encode(substr(${hashOf(ROW)}, 1, 8), 'hex'))::bit(64)::bigint::numeric)) as sum from only ${table} ${ROW}`;
  const left = after ? (await after.query<{ sum: string }>(sum))[0]!.sum : '<count>/<checksum>';
  return refuse(
    `select (sum is distinct from '${left}')::int as n from (${sum}) now`,
    `the rows of ${relation} were changed since it was made`,
  );
}

interface Dropped {
  table: Relation;
  /** Row security is on: else it is switched on in the trash, so that nobody but the owner reads what was dropped. */
  secured: boolean;
  sequences: OwnedSequence[];
  indexes: string[];
  statistics: { schema: string; name: string }[];
  foreignKeys: Attached[];
}

/**
 * DROP TABLE moves the table to the trash with all that belongs to it: rows, indexes, rights, triggers, policies,
 * comments and sequences are not touched and so come back exactly. Only names that would collide there are changed,
 * and foreign keys to other tables are dropped, as a real DROP would: the trash must not hold up anybody's delete.
 */
export async function planDropTable(action: ActionOf<'drop table'>, at: Planning): Promise<Plan> {
  const { session, aside, ordinal } = at;
  const tables: Relation[] = [];
  for (const name of action.relations) {
    if (action.optional && !(await findRelation(session, name))) continue;
    const table = await needTable(session, action, name);
    tables.push(table);
    // A partitioned table goes with all its partitions, as they are.
    for (const member of table.kind === 'p' ? (await membersOf(session, table.oid)).slice(1) : [])
      tables.push((await findRelation(session, member.name))!);
  }
  if (tables.length === 0) return nothing('there is no such table');
  await refuseDependents(session, action, tables);
  const dropped: Dropped[] = [];
  for (const table of tables) dropped.push(await describe(session, table, tables));
  const names = tables.map((_, index) =>
    aside.name('trash', ordinal, tables.length > 1 ? `_${index + 1}` : ''),
  );
  const moves = dropped.map((each, index) => trash(each, names[index]!));
  const keys = dropped.flatMap((each) => each.foreignKeys);
  const within = new Set(tables.map(({ name }) => name));
  const detached = tables.filter(({ above }) => above.length > 0 && !within.has(above[0]!));
  const attach: (() => Promise<UndoStep[]>)[] = [];
  for (const table of detached) attach.push(await attachAgain(session, table));
  const away = [
    ...detached.map(
      ({ name, above }) => `alter table ${quoteRelation(above[0]!)} detach partition ${quoteRelation(name)}`,
    ),
    ...keys.map((key) => key.drop),
    ...moves.flatMap((move) => move.away),
  ];
  return {
    acts: away.map((sql) => ({ sql })),
    undo: async () => [
      ...tables.map(({ name }) => nameFree(name)).map(({ sql, because }) => refuse(sql, because)),
      ...runs([...moves].reverse().flatMap((move) => move.back)),
      ...runs(keys.flatMap((key) => key.create)),
      ...(await Promise.all(attach.map((again) => again()))).flat(),
    ],
    // What is in the partitions of a table in the trash is reached through it.
    kept: tables.flatMap((table, index) =>
      table.above.some((name) => within.has(name))
        ? []
        : [{ name: names[index]!.bare, relation: recordedAs(table), form: 'table' as const }],
    ),
    expect: tables.map(({ name }) => expectRelation(name, false)),
    gone: dropped.flatMap(({ table, indexes }) => [
      relationKey(table.name),
      ...indexes.map((index) => relationKey(renamed(table.name, index))),
    ]),
  };
}

async function refuseDependents(
  session: ReadSession,
  action: ActionOf<'drop table'>,
  tables: readonly Relation[],
): Promise<void> {
  const found = await dependentsOf(
    session,
    tables.map((table) => table.oid),
  );
  const within = new Set(tables.map(({ name }) => name));
  const detaches = tables.some(({ above }) => above.length > 0 && !within.has(above[0]!));
  const dependents = found.filter((each) => !(detaches && each.ofPartition));
  if (dependents.length === 0) return;
  const list = [...new Set(dependents.map((dependent) => dependent.description))].slice(0, 5);
  throw mismatch(
    action,
    `${action.relations.join(', ')} cannot be dropped: it is used by ${list.join(', ')}.`,
    'Drop those first, by name, in the same step.',
  );
}

async function describe(session: ReadSession, table: Relation, all: readonly Relation[]): Promise<Dropped> {
  const rows = await session.query<{
    indexes: string[];
    statistics: { schema: string; name: string }[];
    outward: string[];
    secured: boolean;
  }>(
    `select array(select c.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid
                   where i.indrelid = $1::oid order by 1) as indexes,
       (select coalesce(jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', s.stxname) order by 1), '[]')
          from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where s.stxrelid = $1::oid) as statistics,
       (select relrowsecurity from pg_class where oid = $1::oid) as secured,
       array(select conname::text from pg_constraint where conrelid = $1::oid and contype = 'f'
               and not confrelid = any($2::oid[])) as outward`,
    [table.oid, all.map(({ oid }) => oid)],
  );
  const { indexes, statistics, outward, secured } = rows[0]!;
  const attached = await attachedTo(session, table.oid);
  return {
    ...{ table, secured, indexes, statistics, sequences: await ownedSequences(session, table.oid) },
    foreignKeys: attached.filter(
      (each) =>
        each.kind === 'foreign key' &&
        outward.includes(each.name) &&
        !(each.inherited && table.above.some((name) => all.some((other) => other.name === name))),
    ),
  };
}

/** Renames first: what moves along into the trash must not collide with what is there. */
function trash(
  dropped: Dropped,
  trashed: { quoted: string; bare: string },
): { away: string[]; back: string[] } {
  const { schema, name } = splitRelation(dropped.table.name);
  const within = (each: string, of = schema): string => `${quoteIdent(of)}.${quoteIdent(each)}`;
  const away: string[] = [];
  const back: string[] = [];
  const move = (there: string, again: string): void => {
    away.push(there);
    back.unshift(again);
  };
  const table = quoteRelation(dropped.table.name);
  if (!dropped.secured) move(hideRows(table), showRows(table));
  dropped.indexes.forEach((index, place) => {
    const other = `${trashed.bare}_i${place + 1}`;
    move(
      `alter index ${within(index)} rename to ${quoteIdent(other)}`,
      `alter index ${within(other)} rename to ${quoteIdent(index)}`,
    );
  });
  dropped.sequences.forEach((sequence, place) => {
    const other = `${trashed.bare}_s${place + 1}`;
    move(
      `alter sequence ${within(sequence.name)} rename to ${quoteIdent(other)}`,
      `alter sequence ${within(other)} rename to ${quoteIdent(sequence.name)}`,
    );
  });
  dropped.statistics.forEach((statistics, place) => {
    const other = `${trashed.bare}_x${place + 1}`;
    move(
      `alter statistics ${within(statistics.name, statistics.schema)} rename to ${quoteIdent(other)}`,
      `alter statistics ${within(other, statistics.schema)} rename to ${quoteIdent(statistics.name)}`,
    );
    move(
      `alter statistics ${within(other, statistics.schema)} set schema sluice`,
      `alter statistics ${within(other, 'sluice')} set schema ${quoteIdent(statistics.schema)}`,
    );
  });
  move(
    `alter table ${within(name)} rename to ${quoteIdent(trashed.bare)}`,
    `alter table ${within(trashed.bare)} rename to ${quoteIdent(name)}`,
  );
  move(
    `alter table ${within(trashed.bare)} set schema sluice`,
    `alter table ${trashed.quoted} set schema ${quoteIdent(schema)}`,
  );
  return { away, back };
}
