import { RISKS } from '../../../schemas/change';
import type { ChangeSummary, PlanDocument } from '../../../schemas/run';
import { bytes, counted, seconds } from './numbers';
import { RISK } from './words';

/** One sentence that says what would happen and whether it can be taken back. */
export function verdict({
  changes,
  rehearsal,
  undoes,
}: Pick<PlanDocument, 'changes' | 'rehearsal' | 'undoes'>): string {
  const acting = changes.filter((change) => !change.noop);
  if (undoes) return takesBack(undoes.runId, acting);
  if (acting.length === 0) return `nothing to do: nothing new was found${warned(changes)}`;
  const writing = acting.filter((change) => change.writes.length > 0);
  // Of the warehouse a sweep only reads; what it does is done to what Sluice keeps.
  if (acting.every(isSweep))
    return 'what is past its retention goes for good; the warehouse’s own data stays as it is';
  return `${risks(acting)}; ${undo(writing, rehearsal)}${failedChecks(rehearsal)}`;
}

/** `; 1 check failed on the sample` */
function failedChecks({ checks }: Pick<PlanDocument['rehearsal'], 'checks'>): string {
  const failed = checks.filter(({ ok }) => !ok).length;
  return failed === 0 ? '' : `; ${counted(failed, 'check')} failed in the rehearsal`;
}

/**
 * The last line, which stays on the screen when the headline has scrolled away:
 * `Plan: 2 to add, 1 to destroy · about 830 rows, 1.2 s · keeps 72 MB to undo it · undo exact, and proven`.
 */
export function summary({
  changes,
  rehearsal,
  undoes,
}: Pick<PlanDocument, 'changes' | 'rehearsal' | 'undoes'>): string | undefined {
  const acting = changes.filter((change) => !change.noop);
  if (undoes || acting.length === 0) return undefined;
  const sizes = [...RISKS.filter((risk) => risk !== 'read'), 'read' as const]
    .map((risk) => ({ risk, size: acting.filter((change) => change.risk === risk).length }))
    .filter(({ size }) => size > 0)
    .map(({ risk, size }) => `${size} to ${TO[risk]}`);
  const kept = acting.reduce((sum, { estimate }) => sum + (estimate.undoBytes ?? 0), 0);
  const writing = acting.filter((change) => change.writes.length > 0);
  const about = totals(acting);
  const undone =
    writing.length === 0
      ? 'nothing to undo'
      : writing.some((change) => change.lossy.length > 0)
        ? 'undo LOSES something'
        : rehearsal.undoProven
          ? rehearsal.simulated === undefined
            ? 'undo exact, and proven'
            : 'undo exact, as simulated on another major'
          : 'undo not proven';
  return [
    `Plan: ${sizes.join(', ')}`,
    ...(about === undefined ? [] : [about]),
    ...(kept > 0 ? [`keeps ${bytes(kept)} to undo it`] : []),
    undone,
    ...(rehearsal.checks.some(({ ok }) => !ok) ? [failedChecks(rehearsal).replace('; ', '')] : []),
  ].join(' · ');
}

const TO: Record<ChangeSummary['risk'], string> = {
  read: 'check',
  additive: 'add',
  rewriting: 'rewrite',
  destructive: 'destroy',
};

/** `, 2 warnings` */
function warned(changes: readonly ChangeSummary[]): string {
  const warnings = changes
    .flatMap(({ findings }) => findings)
    .filter(({ severity }) => severity === 'warning');
  return warnings.length === 0 ? '' : `; ${counted(warnings.length, 'warning')}`;
}

function takesBack(runId: string, changes: readonly ChangeSummary[]): string {
  if (changes.length === 0) return `nothing of run ${runId} stands: there is nothing to undo`;
  return `takes back run ${runId}: all of ${counted(changes.length, 'change')}, or none`;
}

const isSweep = ({ kind }: Pick<ChangeSummary, 'kind'>): boolean => kind === 'sweep';

/** `1 change destroys, 2 add`: what matters most first. */
function risks(acting: ChangeSummary[]): string {
  const groups = [...RISKS].reverse().map((risk) => ({
    risk,
    size: acting.filter((change) => change.risk === risk).length,
  }));
  return groups
    .filter(({ size }) => size > 0)
    .map(({ risk, size }, index) => {
      const what = index === 0 ? counted(size, 'change') : String(size);
      return `${what} ${size === 1 ? RISK[risk].verb : plural(RISK[risk].verb)}`;
    })
    .join(', ');
}

function plural(verb: string): string {
  if (verb === 'destroys') return 'destroy';
  if (verb === 'only reads') return 'only read';
  return verb.replace(/s$/, '');
}

function undo(writing: ChangeSummary[], { undoProven, simulated }: PlanDocument['rehearsal']): string {
  if (writing.length === 0) return 'there is nothing to undo';
  const lossy = writing.filter((change) => change.lossy.length > 0).length;
  if (lossy > 0) return `${lossy === writing.length ? 'NOT' : `${lossy} NOT`} undoable without loss`;
  if (!undoProven) return 'undo was not proven';
  return `all of it can be undone, which was ${simulated === undefined ? 'proven' : 'simulated on another major'}`;
}

/** What all changes together would write and take: `about 27,004 rows, 2.6 MB, 1.2 s`. */
export function totals(changes: readonly ChangeSummary[]): string | undefined {
  const sum = (key: 'rows' | 'bytes' | 'seconds'): number | undefined => {
    const known = changes.map((change) => change.estimate[key]).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
  };
  const [rows, size, time] = [sum('rows'), sum('bytes'), sum('seconds')];
  const parts = [
    ...(rows === undefined ? [] : [counted(rows, 'row')]),
    ...(size ? [bytes(size)] : []),
    ...(time === undefined ? [] : [seconds(time)]),
  ];
  return parts.length === 0 ? undefined : `about ${parts.join(', ')}`;
}
