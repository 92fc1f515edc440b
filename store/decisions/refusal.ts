import type { ErrorCode, Problem } from '../../schemas/errors';

const NEXT: Partial<Record<ErrorCode, string>> = {
  decision_unverified: 'Sign in (sluice login) and decide again: sluice approve RUN.',
  decision_replayed: 'Decide again: sluice approve RUN, or sluice reject RUN.',
  decision_duplicate: 'A different person must decide.',
};

/** A decision that does not count, and why. */
export function refusal(code: ErrorCode, message: string): Problem {
  return { code, message, state: 'The decision was not counted.', next: NEXT[code] ?? '' };
}
