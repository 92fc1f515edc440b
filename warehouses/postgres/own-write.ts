import type { Change } from '../../schemas/change';
import { fail, SluiceError, type ErrorCode } from '../../schemas/errors';
import { quoteIdent, quoteRelation } from '../../sql/quote';
import type { WriteSession } from '../warehouse';
import {
  acting,
  foreignKeysTo,
  reached,
  reachedInWords,
  type ForeignKey,
  type RowWrite,
} from './foreign-keys';

/** How it is said that rows of others are in the way. */
export interface Refusal {
  code: Extract<ErrorCode, 'undo_refused' | 'target_mismatch'>;
  /** What cannot be done: `"append …" cannot be undone`. */
  what: string;
  state: string;
  /** What to do once those rows or the foreign key are out of the way: `undo again`. */
  then: string;
}

/** For the undo of a change. */
export const undoing = ({ title }: Pick<Change, 'title'>): Refusal => ({
  code: 'undo_refused',
  what: `"${title}" cannot be undone`,
  state: 'Nothing was undone; the run stands as it was.',
  then: 'undo again',
});

/** For a change that is being applied. */
export const applying = ({ title }: Pick<Change, 'title'>): Refusal => ({
  code: 'target_mismatch',
  what: `"${title}" was taken back`,
  state: 'Nothing was changed.',
  then: 'run the goal again',
});

/**
 * Every DELETE and UPDATE by which Sluice itself writes a user's table goes through here. What PostgreSQL would delete
 * or change in other rows along with it, through a foreign key (CASCADE, SET NULL, SET DEFAULT), was written by
 * somebody else: then it is refused, naming the foreign keys and how many rows. Whoever would add such a row waits from
 * the look to the end of the transaction: to do so they need a lock on the table that they refer to.
 */
export async function assertReachesNobody(
  session: WriteSession,
  write: RowWrite,
  refusal: Refusal,
  params: readonly unknown[] = [],
): Promise<void> {
  const keys = acting(await foreignKeysTo(session, write.relation), write);
  if (keys.length === 0) return;
  await session.execute(`lock table ${quoteRelation(write.relation)} in exclusive mode`);
  const found = await reached(session, write, keys, params).catch((cause: unknown) => {
    throw unseen(cause, keys, refusal);
  });
  if (found.length === 0) return;
  throw fail(
    refusal.code,
    `${refusal.what}: rows that others wrote would be ${write.set ? 'changed' : 'deleted or changed'} along with it, ${reachedInWords(write, found)}.`,
    {
      state: refusal.state,
      next: `Remove those rows or let them refer to others (or drop the foreign key), then ${refusal.then}.`,
      place: write.relation,
    },
  );
}

/** Rows that the writing role may not read may be there: a foreign key follows into them all the same. */
function unseen(cause: unknown, keys: readonly ForeignKey[], { code, what, state, then }: Refusal): unknown {
  if ((cause as { cause?: { code?: string } }).cause?.code !== '42501') return cause;
  const tables = [...new Set(keys.map(({ table }) => table))];
  return fail(
    code,
    `${what}: foreign keys would follow into rows of ${tables.join(', ')}, and the writing role may not read all of them.`,
    {
      state,
      next: `Grant the writing role SELECT on ${tables.join(', ')} (and let row security hide nothing from it), then ${then}.`,
      place: tables[0],
      cause: cause instanceof SluiceError ? cause : undefined,
    },
  );
}

/** The statement that writes those rows. `which`: a further condition, over the same aliases. */
export function statementOf({ relation, from, where, set }: RowWrite, which?: string): string {
  const conditions = [where, which].filter((each) => each !== undefined).map((each) => `(${each})`);
  const rows = conditions.length === 0 ? '' : `\n where ${conditions.join(' and ')}`;
  const table = `${quoteRelation(relation)} t`;
  if (!set) return `delete from ${table}${from === undefined ? '' : ` using ${from}`}${rows}`;
  const values = Object.entries(set).map(([column, value]) => `${quoteIdent(column)} = ${value}`);
  return `update ${table} set ${values.join(', ')}${from === undefined ? '' : ` from ${from}`}${rows}`;
}

/** Looks, then writes; returns the number of rows. Throws as {@link assertReachesNobody}. */
export async function writeRows(
  session: WriteSession,
  write: RowWrite,
  refusal: Refusal,
  params: readonly unknown[] = [],
): Promise<number> {
  await assertReachesNobody(session, write, refusal, params);
  return session.execute(statementOf(write), params);
}
