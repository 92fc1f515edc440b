import type { Finding } from '../../../schemas/change';
import { fail, SluiceError } from '../../../schemas/errors';
import { isHidden } from '../../../warehouses/postgres/row-security';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { Action } from '../action';
import { attempt } from './attempt';
import { questions, type Question } from './row-questions';

/** What a look has found: a number of rows, or why there is none. */
type Answer = { rows: string } | { unknown: string } | undefined;

/**
 * Looks at the live rows for what a rehearsal on a sample cannot know: whether they meet a new constraint, fit a new
 * type. Throws `target_mismatch` with how many do not. What could not be looked at comes back as a finding. `earlier`:
 * the statement of the step, or the step before, that writes the rows first; then nothing is refused, only told.
 */
export async function lookAtRows(action: Action, live: ReadSession, earlier?: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const question of await questions(action, live)) {
    const found = 'unasked' in question ? { unknown: question.unasked } : await ask(live, question);
    if (found === undefined) continue;
    if ('unknown' in found) findings.push(notLookedAt(action, question.what, found.unknown));
    else if (earlier === undefined) throw refused(action, found.rows);
    else findings.push(foundBefore(action, found.rows, earlier));
  }
  return findings;
}

async function ask(live: ReadSession, question: Extract<Question, { sql: string }>): Promise<Answer> {
  const { sql, what, of } = question;
  try {
    const [row] = await attempt(live, () => live.query<{ n: string }>(sql));
    const n = Number(row!.n);
    return n === 0 ? undefined : { rows: `${n} ${n === 1 ? 'row' : 'rows'} of ${of} ${what}` };
  } catch (error) {
    if (isHidden(error)) throw error;
    const code =
      error instanceof SluiceError ? (error.cause as { code?: string } | undefined)?.code : undefined;
    // Class 22: a value that does not convert.
    if (code?.startsWith('22')) return { rows: `at least one row ${what} (${code})` };
    if (code === '57014') return { unknown: 'it took too long' };
    if (code === '42501') return { unknown: 'the role that looks may not read all that it needs' };
    // A name or type that makes no sense is no matter of rows: the rehearsal finds it.
    if (code?.startsWith('42')) return undefined;
    throw error;
  }
}

function notLookedAt({ place }: Action, what: string, why: string): Finding {
  return {
    severity: 'warning',
    rule: 'rows_not_looked_at',
    message: `Whether rows ${what} was not looked up on all rows: ${why}. If there are such, the statement fails when it is applied, and its run is taken back.`,
    place,
  };
}

function foundBefore({ place }: Action, rows: string, earlier: string): Finding {
  return {
    severity: 'warning',
    rule: 'rows_in_the_way',
    message: `As it is now ${rows}: the statement fails unless ${earlier} puts all of them right.`,
    place,
  };
}

function refused({ place }: Action, found: string): SluiceError {
  return fail(
    'target_mismatch',
    `The statement would fail on the rows that are there: ${found} (at ${place}).`,
    {
      next: 'Put the rows right first, by a statement before this one in the same step or an earlier step.',
      place,
    },
  );
}
