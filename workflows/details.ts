import { asksWords, windowWords } from '../schemas/gate';
import type { Gate, ProposalView, RunDocument, RunStatus, StepReport } from '../schemas/run';
import { coverageText } from '../schemas/standing';
import { quoted, shellWord } from './details-text';

/** What the details are made from: the run as it is, and what it waits for. */
export interface Described {
  document: RunDocument;
  view: ProposalView | null;
  gate?: Gate;
  /** Whose approvals count so far. */
  approvedBy: readonly string[];
  taskQueue: string;
  /** Only verified identities count: what Temporal's own tools send is refused. */
  guarded?: boolean;
  /** The schedule that started it. */
  schedule?: string;
}

/** Characters; Temporal takes 20 000 bytes, and a person reads less. */
const MOST = 12_000;

const MEANS: Record<RunStatus, string> = {
  planning: 'is looking at what would change; nothing has been changed',
  rehearsing: 'rehearses its changes and their undo on a shadow; nothing has been changed',
  planned: 'has a proposal; nothing was changed and nobody is asked',
  waiting: 'waits for a decision; nothing has been changed',
  applying: 'is being applied',
  succeeded: 'succeeded',
  rejected: 'was rejected; nothing was changed',
  expired: 'expired: nobody decided in time; nothing was changed',
  stale: 'is stale: the world moved since it was proposed; nothing of it stays',
  rolled_back: 'failed',
  undone: 'was undone',
  held: 'is held: a step failed and a person must say what becomes of it',
  needs_operator: 'needs an operator: taking it back failed',
};

/**
 * The run in Markdown, as Temporal's UI and `temporal workflow metadata` show it: what happens, what failed, and the
 * exact commands that can be given now. Pure; texts of goals are escaped.
 */
export function detailsOf(run: Described): string {
  const { document, schedule } = run;
  const { status, paused } = document;
  const name = document.goal || document.runId;
  const means = meansOf(document);
  const undo = document.undoes === undefined ? '' : `, the undo of run \`${quoted(document.undoes)}\`,`;
  const words = `**${quoted(name)}**${undo} ${means}${paused ? '; **paused**: no further step starts' : ''}.`;
  const text = [
    words,
    ...(schedule === undefined ? [] : [`Started by the schedule \`${quoted(schedule)}\`.`]),
    ...(document.standing === undefined ? [] : [`Its gate was ${quoted(coverageText(document.standing))}.`]),
    progressOf(document.steps),
    ...failureOf(document),
    ...(status === 'waiting' ? atGate(run) : []),
    ...commandsOf(run),
  ].join('\n\n');
  return text.length > MOST ? `${text.slice(0, MOST)}\n…` : text;
}

function meansOf({ status, nothingNew, opensAt, error }: RunDocument): string {
  if (nothingNew) return 'succeeded: nothing was new';
  if (opensAt !== undefined) return `is approved and waits for its change window, which opens at ${opensAt}`;
  if (error?.code === 'policy_denied') return 'was denied by policy; nothing was changed';
  return MEANS[status];
}

function progressOf(steps: readonly StepReport[]): string {
  if (steps.length === 0) return '';
  const done = steps.filter(({ status }) => status === 'applied' || status === 'skipped').length;
  return [
    `${done} of ${steps.length} ${steps.length === 1 ? 'step' : 'steps'} done`,
    '',
    '| step | kind | status | what | rows |',
    '| --- | --- | --- | --- | --- |',
    ...steps.map(
      (step) =>
        `| \`${step.id}\` | ${step.kind} | ${step.status} | ${quoted(step.title ?? '')} | ${rowsOf(step)} |`,
    ),
  ].join('\n');
}

function rowsOf({ rows }: StepReport): string {
  const counts = [
    ['inserted', rows.inserted],
    ['updated', rows.updated],
    ['deleted', rows.deleted],
    ['quarantined', rows.quarantined],
  ] as const;
  return counts
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}

function failureOf({ error, steps }: RunDocument): string[] {
  if (!error) return [];
  const failed = steps.filter((step) => step.error !== undefined && step.error.code !== error.code);
  return [
    [
      '### What went wrong',
      `\`${error.code}\`${error.step === undefined ? '' : ` in step \`${error.step}\``}: ${quoted(error.message)}`,
      ...failed.map(
        (step) => `\`${step.error!.code}\` in step \`${step.id}\`: ${quoted(step.error!.message)}`,
      ),
      `**Now:** ${quoted(error.state)}`,
      // Statements that are left to run keep their lines.
      error.next.includes('\n')
        ? `**Next:**\n\n\`\`\`\n${error.next}\n\`\`\``
        : `**Next:** ${quoted(error.next)}`,
    ].join('\n\n'),
  ];
}

function atGate({ document, view, gate, approvedBy }: Described): string[] {
  if (!gate) return [];
  const windows = (gate.windows ?? []).map((window) => `It is applied only ${windowWords(window)}.`);
  if (document.opensAt !== undefined) return windows;
  const so = approvedBy.length === 0 ? 'nobody has approved yet' : `approved by ${approvedBy.join(', ')}`;
  const changes = (view?.changes ?? []).filter((change) => change.risk !== 'read');
  return [
    [
      '### What is asked',
      `${quoted(gate.reason)}. It needs ${quoted(asksWords(gate))}; ${quoted(so)}. Open until ${document.expiresAt}.`,
      ...(document.needs?.length ? [`Still missing: ${quoted(document.needs.join(', '))}.`] : []),
      ...windows,
      changes
        .map(
          (change) =>
            `- \`${change.step}\` **${change.risk}**: ${quoted(change.title)}` +
            `${change.lossy.length === 0 ? '' : ` — cannot be undone exactly: ${quoted(change.lossy.join('; '))}`}`,
        )
        .join('\n'),
      `Rehearsal: ${view?.rehearsal ?? 'unknown'}. Digest \`${document.digest}\`.`,
    ].join('\n\n'),
  ];
}

/** Everything that can be done with the run as it is, with Sluice's commands and with Temporal's own. */
function commandsOf({ document, taskQueue, guarded, gate }: Described): string[] {
  const { runId, status, digest, paused } = document;
  const run = shellWord(runId);
  const workflow = shellWord(document.workflowId);
  // What nobody vouches for is not worth sending where it is refused.
  const raw = (command: string, refused = guarded === true): string[] => (refused ? [] : [command]);
  const signal = (name: string): string[] =>
    raw(`temporal workflow signal --workflow-id ${workflow} --name ${name} --input '{"by":"YOUR NAME"}'`);
  const cancel = [`sluice cancel ${run}`, ...raw(`temporal workflow cancel --workflow-id ${workflow}`)];
  const steer = paused
    ? [...block('Go on', [`sluice resume ${run}`, ...signal('resume')])]
    : [...block('Pause', [`sluice pause ${run}`, ...signal('pause')])];
  switch (status) {
    case 'waiting': {
      if (document.opensAt !== undefined) return block('Do not wait for it', cancel);
      const decide = (verdict: string): string[] =>
        raw(
          `temporal workflow update execute --workflow-id ${workflow} --name decide --input '${JSON.stringify({ verdict, digest, by: 'YOUR NAME' })}'`,
          gate?.verified === true,
        );
      return [
        ...block('Approve', [`sluice approve ${run} --digest ${digest.slice(0, 12)}`, ...decide('approve')]),
        ...block('Reject', [`sluice reject ${run}`, ...decide('reject')]),
        ...(paused ? steer : []),
      ];
    }
    case 'planning':
    case 'rehearsing':
    case 'applying':
      return [...steer, ...block('Stop it, and take back what it has applied', cancel)];
    case 'held':
      return [
        ...block('Try the failed steps again', [`sluice retry ${run}`, ...signal('retry')]),
        ...block('Take it back', [`sluice undo ${run}`, ...signal('undo')]),
      ];
    case 'succeeded':
    case 'needs_operator': {
      const request = JSON.stringify({ runId, by: 'YOUR NAME' });
      const start = `temporal workflow start --type undo --task-queue ${shellWord(taskQueue)} --workflow-id ${shellWord(`${runId}-undo-1`)} --input '${request}'`;
      return block('Take it back', [`sluice undo ${run}`, start]);
    }
    default:
      return [];
  }
}

function block(title: string, commands: readonly string[]): string[] {
  return [`**${title}**\n\n\`\`\`sh\n${commands.join('\n')}\n\`\`\``];
}
