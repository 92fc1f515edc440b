import { ERROR_CODES } from '../../schemas/errors';
import type { PlanDocument, RunDocument } from '../../schemas/run';

/** The shell's convention for a process that SIGINT ended: 128 + 2. */
export const INTERRUPTED = 130;

/**
 * The exit code that a run's status has for whoever ran it: 0 succeeded · 1 failed (and rolled back) · 2 bad input ·
 * 3 waiting for a decision · 4 rejected or expired · 5 needs an operator · 6 a service cannot be reached.
 *
 * `held` is 5: a step failed, and a person has to say whether it is tried again or taken back; approving would not
 * help. `undone` is 0 after an undo and 1 when the run was cancelled. A run that is still under way (`--detach`) is 0.
 */
export function exitCodeOf({ status, error }: Pick<RunDocument | PlanDocument, 'status' | 'error'>): number {
  switch (status) {
    case 'waiting':
      return 3;
    case 'rejected':
    case 'expired':
      return 4;
    case 'held':
    case 'needs_operator':
      return 5;
    default:
      return error ? ERROR_CODES[error.code].exit : 0;
  }
}
