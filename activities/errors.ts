import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { ERROR_CODES, SluiceError, type Problem } from '../schemas/errors';
import { scrub, scrubDeep } from '../governance/redact';
import type { Log } from './services';

/** Anything that was thrown, as a problem of the closed set, without secrets. */
export function problemOf(cause: unknown): Problem {
  if (cause instanceof SluiceError) return scrubDeep(cause.problem);
  const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return {
    code: 'internal',
    message: `Something Sluice did not expect: ${scrub(message)}.`,
    state: 'The transaction it happened in, if any, was rolled back.',
    next: 'It is tried again by itself; if it stays, look at the worker log and report it.',
  };
}

/**
 * Maps an activity's errors to Temporal once: the code is the failure's type, the problem its only detail, and
 * whether it is tried again follows from the code. A driver's own error never enters a history: it may quote values.
 */
export function toFailure(cause: unknown, log: Log, fields: object): Error {
  if (cause instanceof CancelledFailure || cause instanceof ApplicationFailure) return cause;
  const problem = problemOf(cause);
  const level = problem.code === 'internal' ? 'error' : 'warn';
  const stack = cause instanceof Error && problem.code === 'internal' ? scrub(cause.stack ?? '') : undefined;
  log[level]({ ...fields, problem, stack }, problem.message);
  return ApplicationFailure.create({
    type: problem.code,
    message: problem.message,
    nonRetryable: !ERROR_CODES[problem.code].retryable || problem.final === true,
    details: [problem],
  });
}
