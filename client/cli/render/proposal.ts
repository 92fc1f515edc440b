import type { Gate, PlanDocument } from '../../../schemas/run';
import { coverageText, type Standing } from '../../../schemas/standing';
import { renderChange } from './change';
import { counted, seconds } from './numbers';
import { renderRehearsal } from './rehearsal';
import { field, plainDeep, type Style } from './style';
import { totals, verdict } from './verdict';

export interface ProposalView {
  /** Where it would happen, as the proposal knows it. */
  target?: Record<string, string>;
  /** Every statement in full, with the undo's, and every check. */
  full?: boolean;
}

/** A proposal as a person wants to read it: the verdict first, the digest last. */
export function renderProposal(given: PlanDocument, view: ProposalView, style: Style): string {
  const plan = plainDeep(given);
  const { paint } = style;
  const nameWidth = Math.max(...plan.changes.map((change) => change.step.length));
  const riskWidth = Math.max(
    0,
    ...plan.changes.filter((change) => !change.noop).map((change) => change.risk.length),
  );
  const size = totals(plan.changes.filter((change) => !change.noop));
  const changes = plan.changes.map((change) =>
    renderChange(
      change,
      { full: view.full, undoProven: plan.rehearsal.undoProven, nameWidth, riskWidth },
      style,
    ),
  );
  return [
    `${paint.bold(plan.goal)}: ${paint.bold(verdict(plan))}`,
    ...(size === undefined ? [] : [paint.dim(size)]),
    '',
    ...spaced(changes),
    '',
    ...renderRehearsal(plan.rehearsal, style, view.full),
    ...plan.gates.map((gate) => renderGate(gate, plan.standing, style)),
    ...targetLine(plainDeep(view.target), style),
    field('digest', plan.digest, style, { colour: paint.dim }),
    field('run', plan.runId, style, { colour: paint.dim }),
  ].join('\n');
}

/** A blank line around every change that takes more than one line. */
function spaced(blocks: string[][]): string[] {
  return blocks.flatMap((block, index) => {
    const before = blocks[index - 1];
    return index > 0 && (block.length > 1 || before!.length > 1) ? ['', ...block] : block;
  });
}

function renderGate(gate: Gate, standing: Standing | undefined, style: Style): string {
  const { paint } = style;
  if (standing?.covered)
    return field('gate', `open: ${coverageText(standing.covered)}`, style, { colour: paint.green });
  if (gate.approvers === 0) return field('gate', `open: ${gate.reason}`, style, { colour: paint.green });
  const local =
    gate.confirm.length > 0 && gate.localOverride
      ? `\nhere, one person may do it who repeats the names: ${gate.confirm.join(', ')}`
      : '';
  const why = standing?.why ?? [];
  const asks = `${counted(gate.approvers, 'approver')} within ${seconds(gate.deadlineMs / 1000)}: ${[gate.reason, ...why].join('\n')}${local}`;
  return field('gate', asks, style, { colour: gate.approvers > 1 ? paint.red : paint.yellow });
}

function targetLine(target: Record<string, string> | undefined, style: Style): string[] {
  if (!target || Object.keys(target).length === 0) return [];
  const text = Object.entries(target).map(([key, value]) => `${key} ${value}`);
  return [field('target', text.join(', '), style, { colour: style.paint.dim })];
}
