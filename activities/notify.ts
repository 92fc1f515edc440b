import { Context } from '@temporalio/activity';
import type { Message } from '../governance/notify/message';
import { wants } from '../governance/notify/match';
import { scrubDeep } from '../governance/redact';
import type { Problem } from '../schemas/errors';
import type { RemindInput, RunRef } from '../schemas/life';
import type { Notice, Notifier } from '../schemas/notifiers';
import type { Gate, Proposal, RunDocument, RunStatus } from '../schemas/run';
import { loadBundle } from './run-context';
import type { Bundle, Services } from './services';

/** Changes that a message names; the proposal has them all. */
const NAMED = 10;

/** How a run ended, where somebody should hear of it. */
const ENDS: Partial<Record<RunStatus, Notice>> = {
  rolled_back: 'failed',
  stale: 'stale',
  held: 'held',
  needs_operator: 'needs_operator',
  expired: 'expired',
  rejected: 'rejected',
  succeeded: 'recovered',
};

type Told = Pick<Message, 'event' | 'title' | 'text' | 'status'> &
  Partial<Pick<Message, 'digest' | 'expiresAt' | 'code' | 'commands' | 'workflowId'>>;

/**
 * Puts a notice into the outbox, once for each notifier that wants it: the key is the run, the event and the notifier
 * (and `nth`, for what happens several times). Sending is the dispatcher's: an endpoint that is down delays nobody.
 */
async function tell(services: Services, run: RunRef, told: Told, nth?: number): Promise<void> {
  const bundle = await loadBundle(services, run);
  const { goal } = bundle;
  const message: Message = scrubDeep({
    commands: [],
    workflowId: Context.current().info.workflowExecution?.workflowId ?? run.runId,
    ...told,
    goal: run.goal,
    runId: run.runId,
    owner: goal.owner ?? '',
    warehouse: goal.warehouse,
    environment: environmentOf(bundle),
    at: new Date().toISOString(),
  });
  for (const [notifier, settings] of Object.entries(notifiersOf(bundle))) {
    if (!wants(settings, message)) continue;
    const key = [run.runId, told.event, ...(nth === undefined ? [] : [nth]), notifier].join(':');
    await services.store.notifications.add({
      key,
      notifier,
      event: told.event,
      runId: run.runId,
      goal: run.goal,
      settings,
      message,
    });
  }
}

/** The gate has opened, is about to close, or somebody has to be reminded of it. */
export function tellOfGate(
  services: Services,
  run: RunRef,
  event: 'gate_opened' | 'gate_reminder' | 'gate_expiring',
  about: {
    proposal: Pick<Proposal, 'digest' | 'changes'>;
    gate: Gate;
    expiresAt: string;
    needs?: string[];
    nth?: number;
  },
): Promise<void> {
  const { proposal, gate, expiresAt, needs = [], nth } = about;
  const { runId, goal } = run;
  const acting = proposal.changes.filter((change) => !change.noop);
  const digest = proposal.digest;
  const words = {
    gate_opened: 'waits for a decision',
    gate_reminder: 'still waits for a decision',
    gate_expiring: 'is about to expire undecided',
  }[event];
  const workflowId = Context.current().info.workflowExecution?.workflowId ?? runId;
  const input = JSON.stringify({ verdict: 'approve', digest, by: 'YOUR NAME' });
  return tell(
    services,
    run,
    {
      event,
      status: 'waiting',
      title: `${goal} ${words}`,
      text: [
        `${sentence(gate.reason)} ${gate.approvers === 1 ? 'One person' : `${gate.approvers} different people`} must approve until ${expiresAt}.`,
        ...(needs.length > 0 ? [`Still missing: ${needs.join('; ')}.`] : []),
        ...acting
          .slice(0, NAMED)
          .map(
            (change) =>
              `${change.step}: ${change.risk}, ${change.title}${change.lossy.length > 0 ? ` (cannot be undone exactly: ${change.lossy.join('; ')})` : ''}`,
          ),
        ...(acting.length > NAMED ? [`… and ${acting.length - NAMED} more`] : []),
      ],
      digest,
      expiresAt,
      commands: [
        { label: 'read', command: `sluice show ${runId}` },
        { label: 'approve', command: `sluice approve ${runId} --digest ${digest.slice(0, 12)}` },
        { label: 'reject', command: `sluice reject ${runId}` },
        {
          label: 'temporal',
          command: `temporal workflow update execute --workflow-id ${workflowId} --name decide --input '${input}'`,
        },
      ],
    },
    nth,
  );
}

/** A reminder; the last one before the deadline says so. Which one it is follows from the time that is left. */
export async function tellOfWaiting(
  services: Services,
  { run, needs, expiresAt }: RemindInput,
): Promise<void> {
  const row = await services.store.runs.get(run.runId);
  if (!row?.proposal) return;
  const proposal = await services.store.artifacts.getJson<Proposal>(row.proposal);
  const [gate] = proposal.gates;
  if (!gate) return;
  const left = Date.parse(expiresAt) - Date.now();
  const { remindMs = [] } = gate;
  const nth = remindMs.filter((before) => before >= left).length;
  const event = nth >= remindMs.length ? 'gate_expiring' : 'gate_reminder';
  await tellOfGate(services, run, event, { proposal, gate, expiresAt, needs, nth });
}

/** How a run ended, or that it is held. A plan is looked at by whoever made it; a success is news after a failure. */
export async function tellOfEnd(services: Services, run: RunRef, document: RunDocument): Promise<void> {
  const event = ENDS[document.status];
  if (!event || Object.keys(notifiersOf(await loadBundle(services, run))).length === 0) return;
  const before = await services.store.runs.before(run.runId);
  if (before?.mode !== 'apply') return;
  if (event === 'recovered' && !FAILURES.has(before.previous ?? 'succeeded')) return;
  const { status, error, digest, workflowId } = document;
  await tell(services, run, {
    event,
    status,
    title: `${run.goal} ${WORDS[event] ?? status}`,
    text: error ? problemText(error) : [`The run before it ended as ${before.previous}.`],
    digest,
    workflowId,
    ...(error ? { code: error.code } : {}),
    commands: [
      { label: 'read', command: `sluice show ${run.runId}` },
      ...(status === 'held' ? [{ label: 'retry', command: `sluice retry ${run.runId}` }] : []),
      ...(status === 'held' || status === 'needs_operator'
        ? [{ label: 'undo', command: `sluice undo ${run.runId}` }]
        : []),
    ],
  });
}

/** An undo that was asked for failed for good; the run stands as it did. `attempt` tells one asking from the next. */
export function tellOfFailedUndo(services: Services, run: RunRef, error: Problem, by: string): Promise<void> {
  const { workflowExecution, workflowType } = Context.current().info;
  const { workflowId } = workflowExecution ?? {};
  // A compensation that failed is told of as what its run ended as.
  if (workflowId === undefined || workflowType !== 'undo') return Promise.resolve();
  return tell(
    services,
    run,
    {
      event: 'undo_failed',
      status: 'succeeded',
      title: `${run.goal}: an undo failed`,
      text: [`Asked by ${by}.`, ...problemText(error)],
      code: error.code,
      commands: [{ label: 'again', command: `sluice undo ${run.runId}` }],
    },
    Number(/-(\d+)$/.exec(workflowId)?.[1] ?? 1),
  );
}

const FAILURES: ReadonlySet<string> = new Set(['rolled_back', 'stale', 'needs_operator', 'expired']);

const WORDS: Partial<Record<Notice, string>> = {
  failed: 'failed',
  stale: 'is stale: the world moved since it was proposed',
  held: 'is held: a step failed',
  needs_operator: 'needs an operator: taking it back failed',
  expired: 'expired undecided',
  rejected: 'was rejected',
  recovered: 'succeeds again',
};

function problemText({ step, message, state, next }: Problem): string[] {
  return [`${step === undefined ? '' : `${step}: `}${message}`, `Now: ${state}`, `Next: ${next}`];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function notifiersOf({ config }: Bundle): Record<string, Notifier> {
  // Bundles from before there were notifiers have none.
  return (config as Partial<typeof config>).notifiers ?? {};
}

function environmentOf({ config, goal }: Bundle): string {
  const connection = config.connections[goal.warehouse];
  return connection?.kind === 'postgres' ? connection.environment : 'dev';
}
