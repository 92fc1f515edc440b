import { type Problem, SluiceError } from '../../../schemas/errors';

/** The problem that something fails with. */
export async function problemOf(work: Promise<unknown> | (() => unknown)): Promise<Problem> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (cause) {
    if (cause instanceof SluiceError) return cause.problem;
    throw cause;
  }
  throw new Error('it did not fail');
}
