import { fail } from '../../schemas/errors';
import { quoteRelation } from '../../sql/quote';
import { fingerprintRelations } from '../../warehouses/postgres/fingerprint-relations';
import type { WriteSession } from '../../warehouses/warehouse';
import type { WriteContext } from '../capability';
import type { ModelBody } from './body';
import { describe } from './comment';
import { noteTrash, type Aside } from './names';
import { politely } from './politely';
import type { Published } from './published';
import { exchange, prepareSwap } from './swap';
import { sameColumns, type Target } from './target';
import { runTests } from './tests';

/** A new relation takes the name of the old one, which is kept as it is. */
export async function replaceBySwap(
  ctx: WriteContext,
  body: ModelBody,
  old: Target,
  aside: Aside,
): Promise<Published> {
  const { session } = ctx;
  const build = quoteRelation(aside.build);
  const affected = await session.execute(`create ${body.materialized} ${build} as\n${body.sql}`);
  const rows = body.materialized === 'table' ? affected : 0;
  if (body.materialized === 'table') await session.execute(`analyze ${build}`);
  const checks = await runTests(session, body.tests, build, body.relation);
  const before = await fingerprintRelations(session, [body.relation]);
  const indexes = await prepareSwap(session, body, old, aside);
  const memory = await politely(ctx, () => exchange(session, body.relation, old, aside, indexes));
  if (old.relkind === 'r') await noteTrash(session, body, aside, 'table');
  const dressed = sameColumns(old.columns, body.columns) && indexes.length === memory.trashIndexes.length;
  if (dressed && old.relkind === 'r' && body.materialized === 'table') {
    await assertSame(session, body, before[body.relation]);
  }
  await describe(session, body, old.comment);
  const deleted = old.relkind === 'r' ? await count(session, aside.trash) : 0;
  return { checks, rows, deleted, memory };
}

/** A refresh changes rows and nothing else: whatever was not carried over is found here, by the fingerprint. */
async function assertSame(session: WriteSession, body: ModelBody, before: string | undefined): Promise<void> {
  const after = await fingerprintRelations(session, [body.relation]);
  if (after[body.relation] === before) return;
  throw fail('target_mismatch', `${body.relation} has something that a new table in its place would lose.`, {
    next: 'Report this, with the table’s definition; meanwhile drop the table and let the model build it anew.',
    place: body.relation,
  });
}

async function count(session: WriteSession, relation: string): Promise<number> {
  const [row] = await session.query<{ n: string }>(`select count(*) as n from ${quoteRelation(relation)}`);
  return Number(row!.n);
}
