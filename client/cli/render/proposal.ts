import type { PlanDocument } from '../../../schemas/run';
import { renderAsked } from './asked';
import { renderChange } from './change';
import { renderGate } from './gate';
import { isProven, renderRehearsal } from './rehearsal';
import { field, plainDeep, type Style } from './style';
import { summary, totals, verdict } from './verdict';

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
  const isUndo = plan.undoes !== undefined;
  const size = totals(plan.changes.filter((change) => !change.noop));
  const last = summary(plan);
  const changes = plan.changes.map((change) =>
    renderChange(
      change,
      {
        full: view.full,
        isProven: (step) => isProven(plan.rehearsal, step),
        simulated: plan.rehearsal.simulated !== undefined,
        isUndo,
        nameWidth,
        riskWidth,
      },
      style,
    ),
  );
  return [
    `${paint.bold(plan.goal)}: ${paint.bold(verdict(plan))}`,
    ...(size === undefined ? [] : [paint.dim(size)]),
    ...renderAsked(plan.asked, style),
    '',
    ...spaced(changes),
    '',
    ...(plan.left ?? []).map(({ step, relation, runId }) =>
      field('left', `no longer in the goal: ${relation}, made by step ${step} in run ${runId}`, style, {
        colour: paint.yellow,
      }),
    ),
    // What was rehearsed when the run was planned was its undo as well.
    ...(isUndo ? [] : renderRehearsal(plan.rehearsal, style, view.full)),
    ...plan.gates.flatMap((gate) => renderGate(gate, style, plan.standing)),
    ...targetLine(plainDeep(view.target), style),
    field('digest', plan.digest, style, { colour: paint.dim }),
    field('run', plan.runId, style, { colour: paint.dim }),
    ...(last === undefined ? [] : ['', paint.bold(last)]),
  ].join('\n');
}

/** A blank line around every change that takes more than one line. */
function spaced(blocks: string[][]): string[] {
  return blocks.flatMap((block, index) => {
    const before = blocks[index - 1];
    return index > 0 && (block.length > 1 || before!.length > 1) ? ['', ...block] : block;
  });
}

function targetLine(target: Record<string, string> | undefined, style: Style): string[] {
  if (!target || Object.keys(target).length === 0) return [];
  const text = Object.entries(target).map(([key, value]) => `${key} ${value}`);
  return [field('target', text.join(', '), style, { colour: style.paint.dim })];
}
