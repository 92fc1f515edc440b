import { quoteRelation, splitRelation } from '../../../sql/quote';
import type { RelationName } from '../../../schemas/change';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { ActionOf } from '../action';
import { attachedTo, type Attached } from '../catalogue/attached';
import { findRelation } from '../catalogue/relation';
import { nothing, refuse, run, runs, type Plan, type Planning } from '../plan';
import { expectRelation, nameFree, relationKey } from './expect';
import { ownOfPartitions, takenOver } from './partitions';
import { mismatch, need, needTable } from './target';

export async function planCreateIndex(action: ActionOf<'create index'>, at: Planning): Promise<Plan> {
  const { relation, index, optional } = action;
  const isMaterialised = (await findRelation(at.session, relation))?.kind === 'm';
  const table = await (isMaterialised
    ? need(at.session, action, relation, 'm')
    : needTable(at.session, action, relation));
  const { schema } = splitRelation(relation);
  if (index !== undefined && (await findRelation(at.session, `${schema}.${index}`))) {
    if (optional) return nothing(`${schema}.${index} exists`);
    throw mismatch(
      action,
      `${schema}.${index} exists already.`,
      'Choose another name or write IF NOT EXISTS.',
    );
  }
  const before = await indexesOf(at.session, table.oid);
  // PostgreSQL chooses a name where none is given: it is known once the index is there.
  const made = async (after?: ReadSession): Promise<RelationName> => {
    if (index !== undefined || !after) return `${schema}.${index ?? '<the name PostgreSQL chooses>'}`;
    const name = (await indexesOf(after, table.oid)).find((each) => !before.includes(each));
    return `${schema}.${name!}`;
  };
  const own = await ownOfPartitions(at.session, table);
  return {
    acts: [{ sql: action.text }],
    undo: async (after) => [
      run(`drop index ${quoteRelation(await made(after))}`),
      ...runs((after ? await takenOver(own, after) : []).flatMap((each) => each.create)),
    ],
    expect: index === undefined ? [] : [expectRelation(`${schema}.${index}`, true)],
  };
}

async function indexesOf(session: ReadSession, oid: string): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `select c.relname::text as name from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = $1::oid`,
    [oid],
  );
  return rows.map(({ name }) => name);
}

export async function planDropIndex(action: ActionOf<'drop index'>, at: Planning): Promise<Plan> {
  const dropped: { name: RelationName; index: Attached }[] = [];
  for (const name of action.indexes) {
    if (action.optional && !(await findRelation(at.session, name))) continue;
    dropped.push({ name, index: await describe(at.session, action, name) });
  }
  if (dropped.length === 0) return nothing('there is no such index');
  return {
    acts: dropped.map(({ index }) => ({ sql: index.drop })),
    undo: () =>
      Promise.resolve([
        ...dropped.map(({ name }) => nameFree(name)).map(({ sql, because }) => refuse(sql, because)),
        ...runs(dropped.flatMap(({ index }) => index.create)),
      ]),
    expect: dropped.map(({ name }) => expectRelation(name, false)),
    gone: dropped.map(({ name }) => relationKey(name)),
  };
}

async function describe(
  session: ReadSession,
  action: ActionOf<'drop index'>,
  name: RelationName,
): Promise<Attached> {
  const { oid } = await need(session, action, name, 'i');
  const [of] = await session.query<{ table: string; valid: boolean }>(
    'select indrelid::text as table, indisvalid as valid from pg_index where indexrelid = $1::oid',
    [oid],
  );
  const { name: bare } = splitRelation(name);
  const index = (await attachedTo(session, of!.table)).find(
    (each) => each.kind === 'index' && each.name === bare,
  );
  if (!index)
    throw mismatch(
      action,
      `${name} belongs to a constraint.`,
      'Drop the constraint: ALTER TABLE … DROP CONSTRAINT.',
    );
  if (index.inherited)
    throw mismatch(
      action,
      `${name} is part of an index of the partitioned table above.`,
      'Drop that one: it takes those of its partitions along.',
    );
  if (!of!.valid)
    throw mismatch(
      action,
      `${name} is not valid: building it was broken off.`,
      'Drop or rebuild it by hand.',
    );
  return index;
}
