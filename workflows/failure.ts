import { ApplicationFailure } from '@temporalio/workflow';
import { ERROR_CODES, type Problem } from '../schemas/errors';

/**
 * A problem as a workflow fails with it, or as an update's answer: a plain Error in a handler would be retried for
 * ever. `more`: what goes along, such as the run's document.
 */
export function failureOf(problem: Problem, ...more: unknown[]): ApplicationFailure {
  return ApplicationFailure.create({
    type: problem.code,
    message: problem.message,
    nonRetryable: !ERROR_CODES[problem.code].retryable,
    details: [problem, ...more],
  });
}
