import type { Check } from '../../../schemas/change';
import type { RehearsalReport } from '../../../schemas/run';
import { counted } from './numbers';
import { field, type Style } from './style';

const MEANING: Record<RehearsalReport['status'], string> = {
  proven: 'applied, verified and undone on a shadow; afterwards everything was as before',
  unproven: 'applied and verified on a shadow, but that undo brings everything back is NOT proven',
  simulated:
    'SIMULATED: applied, verified and undone on a shadow of another major, where everything was as before',
  failed: 'failed',
  not_needed: 'not needed: nothing would change',
};

/** Whether the undo of a step's change was proven: what is doubted of another step says nothing of this one. */
export function isProven({ undoProven, doubts }: RehearsalReport, step: string): boolean {
  if (undoProven || !doubts) return undoProven;
  return !doubts.some((doubt) => doubt.step === undefined || doubt.step === step);
}

/** What was tried, what that proves, and what it does not. */
export function renderRehearsal(report: RehearsalReport, style: Style, full = false): string[] {
  const { paint } = style;
  const colour = {
    proven: paint.green,
    unproven: paint.yellow,
    simulated: paint.yellow,
    failed: paint.red,
    not_needed: paint.dim,
  };
  return [
    field('rehearsal', MEANING[report.status], style, { colour: colour[report.status] }),
    ...(report.simulated === undefined ? [] : [field('', report.simulated, style, { colour: paint.yellow })]),
    ...renderChecks(report.checks, style, full),
    ...(report.covers.length === 0
      ? []
      : [field('covers', report.covers.join('; '), style, { colour: paint.dim })]),
    ...(report.doubts ?? [])
      .filter(({ unseen }) => unseen)
      .map(({ step, why }) => field('unseen', `${step}: ${why}`, style, { colour: paint.yellow })),
    ...report.gaps.map((gap) => field('gap', gap, style, { colour: paint.yellow })),
  ];
}

/** What failed line by line, what passed as a number; everything when `full`. */
export function renderChecks(checks: readonly Check[], style: Style, full = false): string[] {
  const { paint } = style;
  const failed = checks.filter((check) => !check.ok);
  const passed = checks.filter((check) => check.ok);
  const line = (check: Check): string => {
    const colour = check.ok ? paint.dim : check.severity === 'error' ? paint.red : paint.yellow;
    const mark = check.ok ? '✓' : check.severity === 'error' ? '✗' : '! warning:';
    return field('', `${mark} ${check.name}: ${check.message}`, style, { colour });
  };
  const summary =
    passed.length === 0 ? [] : [field('', `✓ ${counted(passed.length, 'check')} passed`, style)];
  return [...failed.map(line), ...(full ? passed.map(line) : summary)];
}
