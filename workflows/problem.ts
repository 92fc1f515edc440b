import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import { isErrorCode, type Problem } from '../schemas/errors';

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
