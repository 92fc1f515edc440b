import type { RelationName } from '../../schemas/change';
import { quoteIdent, quoteLiteral, quoteRelation, splitRelation } from '../../sql/quote';
import { LEDGER_SCHEMA } from '../../warehouses/ledger.sql';
import type { WriteSession } from '../../warehouses/warehouse';
import type { ModelBody, ModelMemory } from './body';
import { carryOver } from './carry';
import { indexesOf, keyOf, missingIndexes } from './indexes';
import { indexName, type Aside } from './names';
import { targetOf, type Target } from './target';

/** Dresses what was built aside like the old relation: everything slow happens here, before readers have to wait. */
export async function prepareSwap(
  session: WriteSession,
  body: ModelBody,
  old: Target,
  aside: Aside,
): Promise<{ name: string; as: string }[]> {
  const built = (await targetOf(session, aside.build))!;
  await carryOver(session, old, { oid: built.oid, name: aside.build });
  if (body.materialized !== 'table') return [];
  const columns = new Set(body.columns.map((column) => column.name));
  const kept = (await indexesOf(session, old.oid)).filter(({ needs }) =>
    needs.every((name) => columns.has(name)),
  );
  const named: { name: string; as: string }[] = [];
  const make = async (name: string, unique: boolean, definition: string): Promise<string> => {
    const as = `${splitRelation(aside.build).name}_${named.length}`;
    const kind = unique ? 'unique index' : 'index';
    await session.execute(`create ${kind} ${quoteIdent(as)} on ${quoteRelation(aside.build)} ${definition}`);
    named.push({ name, as });
    return as;
  };
  for (const { name, unique, using, comment } of kept) {
    const as = await make(name, unique, using);
    if (comment === null) continue;
    const index = quoteRelation(`${LEDGER_SCHEMA}.${as}`);
    await session.execute(`comment on index ${index} is ${quoteLiteral(comment)}`);
  }
  for (const wanted of await missingIndexes(session, built.oid, body.indexes)) {
    await make(indexName(body.relation, wanted), false, keyOf(wanted));
  }
  return named;
}

/**
 * Puts the old relation aside and the new one in its place: only the catalogue is written, so this is quick. From here
 * to the commit, readers of it wait. Call it `politely`.
 */
export async function exchange(
  session: WriteSession,
  relation: RelationName,
  old: Target,
  aside: Aside,
  indexes: readonly { name: string; as: string }[],
): Promise<Required<Pick<ModelMemory, 'trash' | 'trashIndexes'>>> {
  const { schema } = splitRelation(relation);
  const trashIndexes: { name: string; as: string }[] = [];
  const oldIndexes = old.relkind === 'r' ? await indexesOf(session, old.oid) : [];
  for (const { name } of oldIndexes) {
    const as = `${splitRelation(aside.trash).name}_${trashIndexes.length}`;
    await renameIndex(session, `${schema}.${name}`, as);
    trashIndexes.push({ name, as });
  }
  await move(session, relation, aside.trash);
  await move(session, aside.build, relation);
  for (const { name, as } of indexes) await renameIndex(session, `${schema}.${as}`, name);
  return { trash: aside.trash, trashIndexes };
}

/** The old relation takes its name back, with its indexes; what bore the name is gone already. */
export async function bringBack(
  session: WriteSession,
  relation: RelationName,
  { trash, trashIndexes = [] }: Pick<ModelMemory, 'trash' | 'trashIndexes'>,
): Promise<void> {
  await move(session, trash!, relation);
  const { schema } = splitRelation(relation);
  for (const { name, as } of trashIndexes) await renameIndex(session, `${schema}.${as}`, name);
}

/**
 * Moves a relation to another schema and name. The longer, unique one of its two names is the one it has while it is
 * in the wrong schema, so that it never meets a namesake: `ALTER TABLE` also speaks of views.
 */
async function move(session: WriteSession, from: RelationName, to: RelationName): Promise<void> {
  const [source, goal] = [splitRelation(from), splitRelation(to)];
  const rename = async (schema: string): Promise<void> => {
    await session.execute(
      `alter table ${quoteRelation(`${schema}.${source.name}`)} rename to ${quoteIdent(goal.name)}`,
    );
  };
  const setSchema = async (name: string): Promise<void> => {
    await session.execute(
      `alter table ${quoteRelation(`${source.schema}.${name}`)} set schema ${quoteIdent(goal.schema)}`,
    );
  };
  if (goal.schema === LEDGER_SCHEMA) {
    await rename(source.schema);
    await setSchema(goal.name);
  } else {
    await setSchema(source.name);
    await rename(goal.schema);
  }
}

async function renameIndex(session: WriteSession, index: RelationName, to: string): Promise<void> {
  await session.execute(`alter index ${quoteRelation(index)} rename to ${quoteIdent(to)}`);
}
