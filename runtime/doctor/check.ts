import type { ErrorCode } from '../../schemas/errors';
import { SluiceError } from '../../schemas/errors';

/** One thing that was looked at. */
export interface Diagnosis {
  name: string;
  status: 'ok' | 'warning' | 'failed';
  /** What was found, in a few words. */
  found: string;
  /** How to mend it, unless it is ok: a command where there is one. */
  mend?: string;
  /** The error that a run would end with. */
  code?: ErrorCode;
}

export const ok = (name: string, found: string): Diagnosis => ({ name, status: 'ok', found });

export const warning = (name: string, found: string, mend: string): Diagnosis => ({
  name,
  status: 'warning',
  found,
  mend,
});

export const failed = (name: string, code: ErrorCode, found: string, mend: string): Diagnosis => ({
  name,
  status: 'failed',
  code,
  found,
  mend,
});

/** A check that throws has found something, too. */
export async function examine(name: string, look: () => Diagnosis | Promise<Diagnosis>): Promise<Diagnosis> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof SluiceError)
      return failed(name, error.code, error.problem.message, error.problem.next);
    return failed(
      name,
      'internal',
      (error as Error).message,
      'Report this, with the output of `sluice doctor --json`.',
    );
  }
}
