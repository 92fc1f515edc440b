import { fail } from '../../schemas/errors';
import type { WriteSession } from '../../warehouses/warehouse';
import type { IngestBody } from './body';
import * as sql from './statements';

export interface Merged {
  inserted: number;
  updated: number;
}

/** The statements of a merge, as text for people. */
export function mergeTexts(body: IngestBody, before: string): string[] {
  if (!body.inSteps) return [sql.mergeStaged(body, before)];
  const { update, insert } = sql.mergeInSteps(body, before);
  return [...(update ? [update.keep, update.write] : []), insert];
}

/**
 * Merges the staged rows into the target and keeps the rows that it updates, as they were, in `before`.
 * Throws `target_mismatch` when something kept rows from being updated (a trigger that skips them).
 */
export async function mergeRows(session: WriteSession, body: IngestBody, before: string): Promise<Merged> {
  if (!body.inSteps) {
    const [merged] = await session.query<Merged>(sql.mergeStaged(body, before));
    return merged!;
  }
  const { update, insert } = sql.mergeInSteps(body, before);
  const updated = update ? await updateKept(session, body, update) : 0;
  return { inserted: await session.execute(insert), updated };
}

async function updateKept(
  session: WriteSession,
  { relation }: IngestBody,
  { keep, write }: { keep: string; write: string },
): Promise<number> {
  const kept = await session.execute(keep);
  const updated = kept === 0 ? 0 : await session.execute(write);
  if (updated === kept) return updated;
  throw fail(
    'target_mismatch',
    `Of ${kept} rows of ${relation} that differ only ${updated} could be updated.`,
    {
      state: 'Its transaction was rolled back; nothing was changed.',
      next: `Look at the triggers and rules of ${relation}: one of them skips rows.`,
      place: relation,
    },
  );
}
