import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import { isErrorCode, type Problem } from '../schemas/errors';
import type { Actor } from '../schemas/steering';
import type { RunState } from './state';

/** A run was stopped. `changed`: it had applied something, which was taken back. */
export function cancelledBy({ by, verified }: Actor, changed: boolean): Problem {
  return {
    code: 'cancelled',
    message: `The run was cancelled by ${by}${verified ? '' : ' (unverified)'}.`,
    state: changed ? 'What it had applied was taken back.' : 'Nothing was changed.',
    next: 'Run the goal again if it is still wanted.',
  };
}

/** Temporal was told to cancel a guarded run after it had changed something: by whom nobody knows. */
export function heldBack({ runId, steps }: Pick<RunState, 'runId' | 'steps'>): Problem {
  const stands = steps.filter(({ status }) => status === 'applied').map(({ id }) => id);
  return {
    code: 'cancelled',
    message:
      'The run was cancelled with Temporal’s own tools, which do not say by whom: where only verified identities count, nothing is taken back for that.',
    state:
      stands.length === 0
        ? 'The step that ran was stopped; no further one starts.'
        : `What was applied stands (${stands.join(', ')}); no further step starts.`,
    next: `Signed in (sluice login), take it back: sluice undo ${runId}; or go on with it: sluice retry ${runId}.`,
  };
}

/** The problem an activity failed with; activities put it into the failure's details. */
export function problemFrom(cause: unknown): Problem {
  if (isCancellation(cause)) {
    return {
      code: 'cancelled',
      message: 'The run was cancelled.',
      state: 'What it had applied was taken back.',
      next: 'Run the goal again if it is still wanted.',
    };
  }
  const failed = cause instanceof ActivityFailure || cause instanceof ChildWorkflowFailure;
  const inner = failed ? cause.cause : cause;
  if (inner instanceof ApplicationFailure) {
    const detail = inner.details?.[0] as Problem | undefined;
    if (detail && isErrorCode(detail.code)) return detail;
  }
  if (inner instanceof TimeoutFailure) {
    return {
      code: 'service_unreachable',
      message: 'No worker answered in time, or the one that did stopped answering.',
      state: 'Its transaction, if any, was rolled back or is settled in the ledger.',
      next: 'Look at `sluice status` and the worker log.',
    };
  }
  return {
    code: 'internal',
    message: inner instanceof Error ? inner.message : String(inner),
    state: 'Unknown; the steps say what was applied.',
    next: 'Look at the worker log and report it.',
  };
}
