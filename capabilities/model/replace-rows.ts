import type { Change } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import { quoteRelation } from '../../sql/quote';
import { secure } from '../../warehouses/ledger.sql';
import { applying, undoing, writeRows } from '../../warehouses/postgres/own-write';
import type { WriteSession } from '../../warehouses/warehouse';
import type { ModelBody } from './body';
import { describe } from './comment';
import { addIndexes } from './indexes';
import { noteTrash, type Aside } from './names';
import type { Published } from './published';
import { columnChanges, sameColumns, targetOf, type Target } from './target';
import { runTests } from './tests';

/**
 * New rows for a table that stays. They are made and tested aside; then the old ones are deleted and the new ones
 * inserted: nobody has to wait, and every snapshot, also one taken long before, sees all of the old rows or all of the
 * new. (TRUNCATE would empty the table for older snapshots, and lock readers out.)
 */
export async function replaceRows(
  session: WriteSession,
  change: Change<ModelBody>,
  old: Target,
  aside: Aside,
): Promise<Published> {
  const { body } = change;
  const [relation, build, trash] = [body.relation, aside.build, aside.trash].map(quoteRelation);
  // Unlogged: it does not outlive the transaction, so nothing of it need be in the log.
  const rows = await session.execute(`create unlogged table ${build} as\n${body.sql}`);
  const built = (await targetOf(session, aside.build))!;
  if (!sameColumns(built.columns, old.columns)) {
    throw fail(
      'proposal_stale',
      `The columns of ${body.relation} would change: ${columnChanges(old.columns, built.columns).join(', ')}.`,
      { next: 'Run the goal again.', place: body.relation },
    );
  }
  const checks = await runTests(session, body.tests, build!, body.relation);
  await session.execute(`create table ${trash} as table ${relation}`);
  await session.execute(secure(trash!));
  await noteTrash(session, body, aside, 'rows');
  const deleted = await writeRows(session, { relation: body.relation }, applying(change));
  await session.execute(`insert into ${relation} select * from ${build}`);
  await session.execute(`drop table ${build}`);
  const madeIndexes = await addIndexes(session, body.relation, old.oid, body.indexes);
  const memory = { trash: aside.trash, madeIndexes, ...(await describe(session, body, old.comment)) };
  return { checks, rows, deleted, memory };
}

/** The old rows come back into the table that stayed. Throws `undo_refused` where rows of others hang on the new ones. */
export async function putRowsBack(
  session: WriteSession,
  change: Change<ModelBody>,
  trash: string,
): Promise<number> {
  const { relation } = change.body;
  await writeRows(session, { relation }, undoing(change));
  const rows = await session.execute(`insert into ${quoteRelation(relation)} select * from ${trash}`);
  await session.execute(`drop table ${trash}`);
  return rows;
}
