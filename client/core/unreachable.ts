import { fail, type SluiceError } from '../../schemas/errors';

/** A service of the stack that does not answer. */
export function unreachable(message: string, cause?: unknown): SluiceError {
  return fail('service_unreachable', message, {
    state: 'This command changed nothing more; runs that were started go on when the stack is back.',
    next: 'Start the stack: sluice up (and if it is up: sluice doctor).',
    cause,
  });
}
