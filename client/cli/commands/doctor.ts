import pc from 'picocolors';
import type { Diagnosis } from '../../../runtime/doctor/check';
import type { DoctorDocument } from '../../../runtime/doctor/doctor';
import { doctor } from '../../../runtime/doctor/doctor';
import { ERROR_CODES } from '../../../schemas/errors';
import { encryptionCheck } from '../../core/doctor-encryption';
import { warehouseChecks } from '../../core/doctor-warehouses';
import type { StackCommandOptions, StackCommandResult } from './stack-command';
import { homeOf } from './stack-command';

/** `sluice doctor`: exit 0 when nothing failed, else the exit code of the first failure. Changes nothing. */
export async function doctorCommand(
  options: StackCommandOptions = {},
): Promise<StackCommandResult<DoctorDocument>> {
  const home = homeOf(options);
  const looked = await doctor(home, options.cwd);
  const checks = [
    ...looked.checks,
    await encryptionCheck(home, options.cwd),
    ...(await warehouseChecks(home, options.cwd)),
  ];
  const document = { ...looked, ok: checks.every(({ status }) => status !== 'failed'), checks };
  const first = document.checks.find((check) => check.status === 'failed');
  return {
    document,
    text: renderDoctor(document),
    exitCode: first ? ERROR_CODES[first.code ?? 'internal'].exit : 0,
  };
}

const MARKS = { ok: pc.green('✔'), warning: pc.yellow('!'), failed: pc.red('✘') };

function renderDoctor({ checks, home }: DoctorDocument): string {
  const failures = checks.filter((check) => check.status === 'failed').length;
  const verdict =
    failures === 0
      ? pc.green('Nothing is broken.')
      : pc.red(`${failures} of ${checks.length} checks failed.`);
  return [...checks.map(renderCheck), '', `${verdict} ${pc.dim(home)}`].join('\n');
}

function renderCheck({ name, status, found, mend }: Diagnosis): string {
  const line = `${MARKS[status]} ${name.padEnd(18)} ${status === 'ok' ? pc.dim(found) : found}`;
  return mend === undefined ? line : `${line}\n  ${' '.repeat(18)} ${pc.bold('mend:')} ${mend}`;
}
