import { existingHome } from '../home';
import { status } from '../stack/status';
import type { Diagnosis } from './check';
import { homeChecks } from './home-checks';
import { machineChecks } from './machine';
import { stackChecks } from './stack-checks';

/** `doctor --json` */
export interface DoctorDocument {
  /** Nothing failed; warnings do not count. */
  ok: boolean;
  home: string;
  checks: Diagnosis[];
}

/** Looks at each part and says how to mend what is wrong. Changes nothing. */
export async function doctor(home: string, cwd = process.cwd()): Promise<DoctorDocument> {
  const paths = existingHome(home);
  const checks = [
    ...(await machineChecks(paths.home)),
    ...(await homeChecks(paths, cwd)),
    ...(await stackChecks(paths, await status(home))),
  ];
  return { ok: checks.every((check) => check.status !== 'failed'), home: paths.home, checks };
}
