import type { Finding } from '../../../schemas/change';
import type { ChangeSummary } from '../../../schemas/run';
import { bytes, counted, seconds } from './numbers';
import { statements } from './statements';
import { field, hanging, type Style } from './style';
import { RISK } from './words';

export interface ChangeView {
  full?: boolean;
  /** Whether the undo of a step's change was proven. */
  isProven: (step: string) => boolean;
  /** The rehearsal was on another major than the warehouse's. */
  simulated?: boolean;
  /** It takes back a change: there is no undo of an undo. */
  isUndo?: boolean;
  /** Widths of the longest step's name, and of the longest word for a risk. */
  nameWidth: number;
  riskWidth: number;
}

/** One change of a proposal: what, how risky, where, how much, how it is taken back, and the statements. */
export function renderChange(change: ChangeSummary, view: ChangeView, style: Style): string[] {
  const { paint } = style;
  const risk = RISK[change.risk];
  const name = change.step.padEnd(view.nameWidth);
  const at = { indent: 4, column: 10 };
  if (change.noop) {
    const warnings = change.findings.filter(({ severity }) => severity !== 'info');
    return [
      hanging(`  ${paint.dim('·')} ${name}  `, 6 + view.nameWidth, change.title, style),
      ...warnings.map((finding) => findingLine(finding, style, at)),
    ];
  }
  const tint = risk.colour(paint);
  return [
    hanging(
      `  ${tint(risk.mark)} ${paint.bold(name)}  ${tint(change.risk.padEnd(view.riskWidth))}  `,
      8 + view.nameWidth + view.riskWidth,
      change.title,
      style,
    ),
    ...(change.writes.length === 0 ? [] : [field('writes', change.writes.join(', '), style, at)]),
    ...(change.reads.length === 0 ? [] : [field('reads', change.reads.join(', '), style, at)]),
    ...estimateLines(change, style, at),
    ...(view.isUndo ? lossLines(change, style, at) : [undoLine(change, view, style, at)]),
    ...(view.isUndo ? [] : undoCostLines(change, style, at)),
    ...change.findings.map((finding) => findingLine(finding, style, at)),
    ...(change.apply.trim() === '' ? [] : statements(change.apply, style, { full: view.full })),
    ...(view.full && change.writes.length > 0 && !view.isUndo
      ? [paint.dim('    to undo it:'), ...statements(change.undo, style, { full: true })]
      : []),
  ];
}

type At = { indent: number; column: number };

function estimateLines({ estimate }: ChangeSummary, style: Style, at: At): string[] {
  const parts = [
    ...(estimate.rows === undefined ? [] : [counted(estimate.rows, 'row')]),
    ...(estimate.bytes ? [bytes(estimate.bytes)] : []),
    ...(estimate.seconds === undefined ? [] : [seconds(estimate.seconds)]),
    ...(estimate.undoBytes ? [`keeps ${bytes(estimate.undoBytes)} to undo it`] : []),
  ];
  return [
    ...(parts.length === 0 ? [] : [field('about', parts.join(', '), style, at)]),
    ...(estimate.locks === undefined ? [] : [field('locks', estimate.locks, style, at)]),
  ];
}

function undoCostLines({ estimate }: ChangeSummary, style: Style, at: At): string[] {
  const { undoLocks: locks, undoSeconds: time } = estimate;
  if (locks === undefined && time === undefined) return [];
  const took = time === undefined ? [] : [`takes about ${seconds(time)}`];
  return [field('', [...took, ...(locks === undefined ? [] : [locks])].join('; '), style, at)];
}

function undoLine(change: ChangeSummary, view: ChangeView, style: Style, at: At): string {
  const { paint } = style;
  if (change.writes.length === 0)
    return field('undo', 'nothing to undo', style, { ...at, colour: paint.dim });
  const [loss] = lossLines(change, style, at);
  if (loss !== undefined) return loss;
  if (view.simulated && view.isProven(change.step))
    return field('undo', 'exact, as the rehearsal on another major simulated', style, {
      ...at,
      colour: paint.yellow,
    });
  return view.isProven(change.step)
    ? field('undo', 'exact, and proven in the rehearsal', style, { ...at, colour: paint.green })
    : field('undo', 'exact by design, but not proven', style, { ...at, colour: paint.yellow });
}

function lossLines({ lossy }: ChangeSummary, style: Style, at: At): string[] {
  if (lossy.length === 0) return [];
  const { paint } = style;
  const what = lossy.map((item) => `LOSSY: ${item}`).join('\n');
  return [field('undo', what, style, { ...at, colour: (line) => paint.bold(paint.red(line)) })];
}

function findingLine({ severity, rule, message, place }: Finding, style: Style, at: At): string {
  const { paint } = style;
  const colour = { info: paint.dim, warning: paint.yellow, error: paint.red }[severity];
  const where = place === undefined ? '' : ` (${place})`;
  return field(severity, `${message}${where} [${rule}]`, style, { ...at, colour });
}
