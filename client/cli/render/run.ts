import type { RunDocument, StepReport } from '../../../schemas/run';
import { coverageText } from '../../../schemas/standing';
import { moment, seconds } from './numbers';
import { renderChecks } from './rehearsal';
import { field, hanging, plainDeep, type Style } from './style';
import { rowsText, statusColour, STATUS_WORDS } from './words';

export interface RunView {
  full?: boolean;
  /** What the command did took this long, in seconds. */
  tookSeconds?: number;
  /** What is wanted was there already; nobody should have to conclude that from zeros. */
  nothingNew?: boolean;
  /** Lines below: where things are, how to look, how to go back. */
  hints?: { label: string; text: string }[];
}

/** A run: its verdict, what became of each step, what was verified, and what can be done now. */
export function renderRun(given: RunDocument, view: RunView, style: Style): string {
  const run = plainDeep(given);
  const { paint } = style;
  const refused = run.error?.code === 'undo_refused';
  const took = view.tookSeconds === undefined ? '' : paint.dim(` (${seconds(view.tookSeconds)})`);
  return [
    `${paint.bold(run.goal)} ${statusColour(refused ? 'failed' : run.status, paint)(wordsFor(run, view))}${run.paused ? paint.yellow(' (paused)') : ''}${took}`,
    ...(run.steps.length === 0 ? [] : ['', ...renderSteps(run.steps, style), '']),
    // What was verified of what has been taken back is no news.
    ...(run.status === 'undone' && !view.full ? [] : renderChecks(run.checks, style, view.full)),
    ...(run.undoes === undefined ? [] : [field('undoes', run.undoes, style)]),
    ...(run.standing ? [field('gate', coverageText(run.standing), style)] : []),
    ...(run.needs?.length ? [field('needs', run.needs.join(', '), style, { colour: paint.yellow })] : []),
    ...(run.waitsFor === undefined
      ? []
      : [field('waits', `for ${run.waitsFor}`, style, { colour: paint.yellow })]),
    ...(run.opensAt === undefined
      ? []
      : [field('opens', moment(run.opensAt), style, { colour: paint.yellow })]),
    ...(run.expiresAt === undefined ? [] : [field('until', moment(run.expiresAt), style)]),
    ...(view.hints ?? []).map(({ label, text }) => field(label, text, style, { whole: true })),
    ...(run.environment === undefined ? [] : [field('env', run.environment, style)]),
    ...(view.full && run.digest !== '' ? [field('digest', run.digest, style, { colour: paint.dim })] : []),
    field('run', run.runId, style, { colour: paint.dim }),
  ].join('\n');
}

function wordsFor({ status, steps, error, opensAt }: RunDocument, { nothingNew }: RunView): string {
  if (error?.code === 'undo_refused') return `was not undone; it stands as it was (${status})`;
  if (status === 'succeeded' && nothingNew) return 'succeeded: nothing new was found, nothing was changed';
  if (status === 'waiting' && opensAt !== undefined) return 'is approved and waits for its change window';
  if (status === 'rolled_back') {
    const kept = steps.filter((step) => step.status === 'applied').length;
    if (steps.every((step) => step.status === 'pending' || step.status === 'proposed'))
      return 'failed; nothing was changed';
    return kept > 0 ? `failed; ${kept} of ${steps.length} steps stay` : 'failed; nothing of it stays';
  }
  if (error?.code === 'policy_denied') return 'was denied by policy; nothing was changed';
  return STATUS_WORDS[status];
}

const MARKS: Record<StepReport['status'], string> = {
  pending: '·',
  proposed: '·',
  applying: '…',
  applied: '✓',
  skipped: '=',
  failed: '✗',
  undone: '↺',
};

function renderSteps(steps: readonly StepReport[], style: Style): string[] {
  const { paint } = style;
  const nameWidth = Math.max(...steps.map((step) => step.id.length));
  const statusWidth = Math.max(...steps.map((step) => step.status.length));
  const rowsWidth = Math.max(...steps.map((step) => rowsText(step.rows).length));
  return steps.map((step) => {
    const tint = statusColour(step.status, paint);
    const columns = [
      `  ${tint(MARKS[step.status])} ${paint.bold(step.id.padEnd(nameWidth))}`,
      tint(step.status.padEnd(statusWidth)),
      ...(rowsWidth === 0 ? [] : [paint.cyan(rowsText(step.rows).padEnd(rowsWidth))]),
    ];
    const taken = 8 + nameWidth + statusWidth + (rowsWidth === 0 ? 0 : rowsWidth + 2);
    return hanging(`${columns.join('  ')}  `, taken, step.title ?? step.kind, style);
  });
}
