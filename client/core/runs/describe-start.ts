import type { SearchAttributePair } from '@temporalio/common';
import type { Goal } from '../../../schemas/goal';
import type { RunMode, UndoRequest } from '../../../schemas/life';
import type { RunStatus } from '../../../schemas/run';
import { identity, STATUS } from '../../../workflows/attributes';

/** Temporal's limit on a static summary is 200 bytes, on details 20 000. */
const SUMMARY_BYTES = 200;
const DETAILS_BYTES = 20_000;

/** What stays true of a workflow, as Temporal's UI shows it in lists and at its head. */
export interface StaticWords {
  staticSummary: string;
  /** Markdown. */
  staticDetails: string;
}

/** What a run can be listed by from its first moment on; its workflow sets what changes. */
export interface StartWords extends StaticWords {
  typedSearchAttributes: SearchAttributePair[];
}

/** Of a run, however it is started. `how`: in words, e.g. `started by ann`, `started by the schedule flights-daily`. */
export function describeStart(goal: Goal, mode: RunMode, how: string): StartWords {
  const { description, owner, warehouse, params, steps } = goal;
  const facts = [
    `**${goal.goal}**: ${mode} on \`${warehouse}\`, ${how}`,
    ...(owner === undefined ? [] : [`Owner: ${owner}`]),
    ...(description === undefined ? [] : [description]),
    ...(Object.keys(params).length === 0 ? [] : [`Parameters: \`${JSON.stringify(params)}\``]),
    `If a step fails: \`${goal.onFailure}\`.`,
  ];
  const list = steps.map(({ id, kind, needs, description: what }) => {
    const after = needs.length === 0 ? '' : `, after ${needs.join(', ')}`;
    return `- \`${id}\` (${kind}${after})${what === undefined ? '' : `: ${what}`}`;
  });
  return {
    staticSummary: within(`${mode} ${goal.goal}: ${steps.map((step) => step.id).join(', ')}`, SUMMARY_BYTES),
    staticDetails: within([facts.join('\n\n'), '', ...list].join('\n'), DETAILS_BYTES),
    typedSearchAttributes: [
      ...identity(goal.goal, warehouse, owner ?? ''),
      { key: STATUS, value: 'planning' satisfies RunStatus },
    ],
  };
}

/** Of the workflow that takes a run back. */
export function describeUndo({ runId, by }: UndoRequest): StaticWords {
  return {
    staticSummary: within(`undo ${runId}, asked by ${by}`, SUMMARY_BYTES),
    staticDetails: within(
      `Takes back run \`${runId}\`: all its changes in reverse order, or none. Asked by ${by}.\n\nThe run itself: workflow \`${runId}\`.`,
      DETAILS_BYTES,
    ),
  };
}

function within(text: string, bytes: number): string {
  let short = text;
  while (Buffer.byteLength(short) > bytes) short = `${short.slice(0, Math.floor(short.length * 0.9) - 1)}…`;
  return short;
}
