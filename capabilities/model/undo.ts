import { NO_ROWS, type Applied, type Change, type Undone } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import { quoteIdent, quoteRelation, splitRelation } from '../../sql/quote';
import type { WriteSession } from '../../warehouses/warehouse';
import type { WriteContext } from '../capability';
import { memoryOf, type ModelBody, type ModelMemory } from './body';
import { commentOn } from './comment';
import { rowsAreOurs } from './history';
import { politely } from './politely';
import { putRowsBack } from './replace-rows';
import { defineView } from './replace-view';
import { bringBack } from './swap';
import { dependentsOf, targetOf } from './target';

/** Takes a build back, exactly. Throws `undo_refused` where that would take away what others have done since. */
export async function undoModel(
  change: Change<ModelBody>,
  applied: Applied,
  ctx: WriteContext,
): Promise<Undone> {
  const { body } = change;
  const { session } = ctx;
  const memory = memoryOf(applied);
  await assertFree(session, change, memory);
  const relation = quoteRelation(body.relation);
  const goes = body.materialized === 'table' ? memory.rows : 0;
  const undone = (inserted: number): Undone => ({ rows: { ...NO_ROWS, deleted: goes, inserted } });
  switch (memory.mode) {
    case 'create':
      await politely(ctx, () => session.execute(`drop ${body.materialized} ${relation}`));
      if (memory.madeSchema) await dropSchemaIfEmpty(session, splitRelation(body.relation).schema);
      return undone(0);
    case 'rows': {
      const { schema } = splitRelation(body.relation);
      for (const name of memory.madeIndexes ?? []) {
        await politely(ctx, () => session.execute(`drop index ${quoteIdent(schema)}.${quoteIdent(name)}`));
      }
      if (memory.oldComment) await commentOn(session, body, memory.oldComment.text);
      return undone(await putRowsBack(session, change, quoteRelation(memory.trash!)));
    }
    case 'replace':
      await politely(ctx, () => defineView(session, body.relation, memory.oldView!));
      if (memory.oldComment) await commentOn(session, body, memory.oldComment.text);
      return undone(0);
    case 'swap':
      await politely(ctx, async () => {
        await session.execute(`drop ${body.materialized} ${relation}`);
        await bringBack(session, body.relation, memory);
      });
      return undone(applied.rows.deleted);
  }
}

/** Nothing of others stands on what goes, or is in it, and what comes back is there. */
async function assertFree(
  session: WriteSession,
  { id, body }: Change<ModelBody>,
  memory: ModelMemory,
): Promise<void> {
  const { relation } = body;
  const refuse = (why: string, next: string): never => {
    throw fail('undo_refused', `${relation} cannot be taken back: ${why}.`, {
      next,
      place: relation,
      state: 'Nothing was undone.',
    });
  };
  const target = await targetOf(session, relation);
  if (target?.oid !== memory.oid)
    refuse('another relation bears its name', 'Look who made it, and rename it.');
  if (memory.mode === 'create' || memory.mode === 'swap') {
    const dependents = await dependentsOf(session, memory.oid);
    if (dependents.length > 0)
      refuse(`${dependents.join(', ')} stands on it`, 'Drop that first, then undo again.');
  }
  if (
    body.materialized === 'table' &&
    !(await rowsAreOurs(session, relation, quoteRelation(relation), memory, id))
  ) {
    refuse(
      'its rows were changed by others since',
      'Save their changes elsewhere, refresh the model, and undo again.',
    );
  }
  if (memory.trash !== undefined && !(await targetOf(session, memory.trash))) {
    refuse(
      'what was kept for the undo is gone',
      'Its retention is over: run the goal as it was before instead.',
    );
  }
}

async function dropSchemaIfEmpty(session: WriteSession, schema: string): Promise<void> {
  const used = await session.query(
    `select from pg_depend d where d.refclassid = 'pg_namespace'::regclass
        and d.refobjid = (select oid from pg_namespace where nspname = $1) limit 1`,
    [schema],
  );
  if (used.length === 0) await session.execute(`drop schema ${quoteIdent(schema)}`);
}
