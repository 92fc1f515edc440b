import {
  isGrpcDeadlineError,
  isGrpcServiceError,
  NamespaceNotFoundError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { scrub } from '../../governance/redact';
import { unreachable } from './unreachable';
import { fail, isErrorCode, type Problem, SluiceError } from '../../schemas/errors';

/** UNAVAILABLE of google.rpc.Code. */
const UNAVAILABLE = 14;

const LOST_SOCKETS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
]);

/** PostgreSQL's: connection exceptions (class 08), and a server that shuts down, crashed or starts. */
const LOST_SESSIONS = /^(08...|57P0[123])$/;

// As plain predicates: as type guards they would leave nothing of the type for the tests that follow them.
const isGrpc: (error: unknown) => boolean = isGrpcServiceError;
const isDeadline: (error: unknown) => boolean = isGrpcDeadlineError;

/** Whether Temporal or the store did not answer: what may pass when they are back. */
export function isLostService(cause: unknown): boolean {
  return chain(cause).some((error) => {
    const { code } = error as { code?: unknown };
    if (isGrpc(error) && code === UNAVAILABLE) return true;
    // What a Temporal says whose own database does not answer; its namespace was there when the stack came up.
    if (error instanceof NamespaceNotFoundError) return true;
    if (isDeadline(error) || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
    if (typeof code === 'string' && (LOST_SOCKETS.has(code) || LOST_SESSIONS.test(code))) return true;
    return /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/.test(
      error.message,
    );
  });
}

/** The problem that a workflow, an update or an activity failed with: Sluice's put it into the failure's details. */
export function problemIn(cause: unknown): Problem | undefined {
  for (const error of chain(cause)) {
    if (error instanceof SluiceError) return error.problem;
    if (!(error instanceof ApplicationFailure)) continue;
    const detail = error.details?.[0] as Partial<Problem> | undefined;
    if (detail && isErrorCode(detail.code)) return detail as Problem;
  }
  return undefined;
}

/** Anything that was thrown, as an error of the closed set. */
export function asSluiceError(cause: unknown): SluiceError {
  if (cause instanceof SluiceError) return cause;
  const problem = problemIn(cause);
  if (problem) return new SluiceError(problem, { cause });
  if (isLostService(cause)) return unreachable('The stack stopped answering.', cause);
  if (cause instanceof WorkflowNotFoundError) {
    return fail('not_found', 'Temporal knows no such workflow (any more).', {
      next: 'List the runs: sluice runs.',
      cause,
    });
  }
  return fail('internal', `Something Sluice did not expect: ${rootMessage(cause)}.`, {
    state: 'Unknown; `sluice runs` shows what there is.',
    next: 'Try again; if it stays, report it with the output of `sluice doctor`.',
    cause,
  });
}

function chain(cause: unknown): Error[] {
  const errors: Error[] = [];
  for (let error = cause; error instanceof Error && errors.length < 20; error = error.cause) {
    errors.push(error);
    // Node tries every address of a name and reports all that failed.
    if (error instanceof AggregateError)
      errors.push(...(error.errors as unknown[]).filter((e) => e instanceof Error));
  }
  return errors;
}

function rootMessage(cause: unknown): string {
  const last = chain(cause)
    .filter((error) => !(error instanceof ServiceError))
    .at(-1);
  // A driver's message may quote what it was given.
  return scrub(last?.message ?? String(cause)).replace(/[.\s]+$/, '');
}
