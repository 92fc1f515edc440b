import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import type { Bundle } from '../../../activities/services';
import type { RunMode, RunRequest } from '../../../schemas/life';
import { newRunId } from '../run-id';
import type { Link } from '../stack';
import type { KnownRun } from './find';

/** Temporal's limit on a static summary is 200 bytes, on details 20 000. */
const SUMMARY_BYTES = 200;
const DETAILS_BYTES = 20_000;

/** Puts what travels with the run into the store and starts its workflow. */
export async function startRun(
  link: Link,
  bundle: Bundle,
  mode: RunMode,
  by: string,
  more: Pick<RunRequest, 'scheduledAt'> = {},
): Promise<KnownRun> {
  const { goal } = bundle.goal;
  const ref = await link.store.artifacts.putJson('bundle', bundle);
  const runId = newRunId(goal);
  const request: RunRequest = { sluice: 'run', runId, bundle: ref, mode, by, ...more };
  const handle = await link.client.workflow.start('goal', {
    workflowId: runId,
    taskQueue: link.taskQueue,
    args: [request],
    // How long it may live, before its arguments can be read: workflows/versioning.ts.
    memo: { mode },
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
    ...described(bundle, mode, by),
  });
  return { runId, goal, workflowId: runId, temporalRunId: handle.firstExecutionRunId };
}

/** The static summary and details of a run's workflow. */
export function described(
  bundle: Bundle,
  mode: RunMode,
  by: string,
): { staticSummary: string; staticDetails: string } {
  const steps = bundle.goal.steps.map((step) => step.id).join(', ');
  return {
    staticSummary: within(`${mode} ${bundle.goal.goal}: ${steps}`, SUMMARY_BYTES),
    staticDetails: within(detailsOf(bundle, mode, by), DETAILS_BYTES),
  };
}

/** What an operator reads of the run in Temporal's UI, whatever becomes of it. */
function detailsOf(bundle: Bundle, mode: RunMode, by: string): string {
  const { goal, description, owner, warehouse, params, steps } = bundle.goal;
  const facts = [
    `**${goal}**: ${mode} on \`${warehouse}\`, started by ${by}`,
    ...(owner === undefined ? [] : [`Owner: ${owner}`]),
    ...(description === undefined ? [] : [description]),
    ...(Object.keys(params).length === 0 ? [] : [`Parameters: \`${JSON.stringify(params)}\``]),
  ];
  const list = steps.map(({ id, kind, needs, description: what }) => {
    const after = needs.length === 0 ? '' : `, after ${needs.join(', ')}`;
    return `- \`${id}\` (${kind}${after})${what === undefined ? '' : `: ${what}`}`;
  });
  return [facts.join('\n\n'), '', ...list].join('\n');
}

function within(text: string, bytes: number): string {
  let short = text;
  while (Buffer.byteLength(short) > bytes) short = `${short.slice(0, Math.floor(short.length * 0.9) - 1)}…`;
  return short;
}
