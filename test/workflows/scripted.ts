import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerDeploymentOptions,
  type WorkflowBundle,
} from '@temporalio/worker';
import type { Activities } from '../../activities';
import { ERROR_CODES, type ErrorCode } from '../../schemas/errors';
import type { Admitted, ChangeRef, RunRequest, Sealed } from '../../schemas/life';
import type { RunDocument } from '../../schemas/run';
import { testTemporal } from '../support/temporal';

try {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
} catch {
  // A test that looks at the runtime itself has installed its own.
}

let bundle: Promise<WorkflowBundle> | undefined;

/** The real workflow code, bundled once per test file. */
export function workflowBundle(): Promise<WorkflowBundle> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: join(__dirname, '../../workflows/index.ts'),
    workflowInterceptorModules: [join(__dirname, '../../workflows/interceptors.ts')],
    failureConverterPath: join(__dirname, '../../workflows/failure-converter.ts'),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
  return bundle;
}

export function failure(code: ErrorCode, message: string = code): ApplicationFailure {
  return ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: !ERROR_CODES[code].retryable,
    details: [{ code, message, state: 'as it was', next: 'do this' }],
  });
}

/** Runs of goals ask nobody. */
const unscripted = () => Promise.reject(failure('internal', 'not scripted'));
const NO_ASKS = {
  admitAsk: unscripted,
  openAgent: unscripted,
  callModel: unscripted,
  runTool: unscripted,
  askBecame: unscripted,
  answerAsked: unscripted,
  grantBudget: unscripted,
  finishAsk: unscripted,
};

export const DIGEST = 'd'.repeat(64);

export interface Script {
  steps?: { id: string; needs?: string[]; writes?: string[]; reads?: string[]; noop?: boolean }[];
  admitted?: Partial<Admitted>;
  gate?: Partial<Sealed['gate']>;
  activities?: Partial<Activities>;
  /** A queue that another worker serves too, as another version. */
  taskQueue?: string;
  deployment?: WorkerDeploymentOptions;
}

export interface Scripted {
  client: Client;
  taskQueue: string;
  /** Names of the activities that ran, with their step, in the order they started. */
  calls: string[];
  start(over?: Partial<RunRequest>, type?: 'goal' | 'undo'): Promise<WorkflowHandle>;
  until(handle: WorkflowHandle, status: RunDocument['status']): Promise<RunDocument>;
  close(): Promise<void>;
}

/**
 * The real workflow on a real Temporal server, with activities that follow a script: what is tested is what the
 * workflow decides, at instants that real activities would not hold still for.
 */
export async function scripted(script: Script = {}): Promise<Scripted> {
  const { address, namespace } = await testTemporal();
  const taskQueue = script.taskQueue ?? `scripted-${randomUUID()}`;
  const calls: string[] = [];
  const steps = script.steps ?? [{ id: 'a', writes: ['s.a'] }];
  const change = (id: string): ChangeRef => {
    const step = steps.find((item) => item.id === id)!;
    const { writes = [`s.${id}`], reads = [], noop = false } = step;
    return {
      ref: 'r',
      id: `c-${id}`,
      step: id,
      kind: 'ingest',
      title: `load ${id}`,
      risk: 'additive',
      noop,
      reads,
      writes,
    };
  };
  const gate: Sealed['gate'] = {
    name: 'approval',
    approvers: 1,
    reason: 'adds data',
    confirm: [],
    localOverride: true,
    deadlineMs: 60_000,
    ...script.gate,
  };
  const view = { digest: DIGEST, proposal: 'p', gate, rehearsal: 'proven' as const, changes: [] };
  const decided = new Set<string>();
  const rows = { read: 1, inserted: 1, updated: 0, deleted: 0, quarantined: 0 };
  const rehearsal = { status: 'proven' as const, undoProven: true, checks: [], covers: [], gaps: [] };
  const base: Activities = {
    admit: ({ runId }) =>
      Promise.resolve({
        run: { runId, goal: 'g', bundle: 'b' },
        mode: 'apply',
        by: 'ann',
        owner: '',
        warehouse: 'local',
        onFailure: 'undo',
        deadlineMs: 60_000,
        steps: steps.map(({ id, needs = [] }) => ({ id, needs, kind: 'ingest' })),
        ...script.admitted,
      }),
    openShadow: () => Promise.resolve({ gaps: [] }),
    propose: ({ step }) => Promise.resolve(change(step)),
    rehearse: () => Promise.resolve({ whole: true, checks: [], sampled: [], gaps: [] }),
    closeShadow: () => Promise.resolve(rehearsal),
    dropShadow: () => Promise.resolve(),
    seal: () => Promise.resolve({ digest: DIGEST, proposal: 'p', gate, view, waits: gate.approvers > 0 }),
    decide: ({ run, decision, refused }) => {
      // What a ticket is redeemed for; without one nobody is verified, and it may have come any way.
      const ticketed = decision.ticket !== undefined;
      const voter = { by: decision.by, verified: ticketed, roles: [] };
      const via = ticketed ? decision.via : ('update' as const);
      if (refused) return Promise.resolve({ counted: true, voter });
      const key = `${run.runId} ${decision.by}`;
      const fresh = !decided.has(key);
      decided.add(key);
      return Promise.resolve({ counted: fresh, voter, via });
    },
    remind: () => Promise.resolve(),
    nextOpening: () => Promise.resolve({}),
    apply: () => Promise.resolve({ rows, checks: [] }),
    undo: ({ changes }) =>
      Promise.resolve({ steps: [...changes].reverse().map(({ step }) => ({ step, rows })) }),
    loadUndo: () => Promise.reject(failure('not_found')),
    proposeUndo: () => Promise.resolve({ digest: DIGEST, proposal: 'p', gate, view, waits: true }),
    steer: ({ steering: { by, ticket, action }, refused }) => {
      const actor = { by, verified: ticket !== undefined };
      const unverified = script.admitted?.guarded === true && !actor.verified;
      const code = refused ?? (unverified ? 'decision_unverified' : undefined);
      return Promise.resolve(
        code === undefined
          ? { actor }
          : { actor, refused: { code, message: `${action} by ${by}`, state: 'as it was', next: 'sign in' } },
      );
    },
    record: () => Promise.resolve({ followers: [] }),
    lookForFiles: () => Promise.resolve({ fresh: false }),
    acted: () => Promise.resolve(),
    ...NO_ASKS,
    ...script.activities,
  };
  const activities = Object.fromEntries(
    Object.entries(base).map(([name, run]) => [
      name,
      (input: {
        step?: string;
        change?: ChangeRef;
        refused?: string;
        document?: RunDocument;
        changes?: ChangeRef[];
        steering?: { action: string };
        request?: { runId?: string };
      }) => {
        const about =
          input.steering?.action ??
          input.change?.step ??
          input.step ??
          input.refused ??
          input.document?.status;
        const undone = name === 'undo' ? input.changes?.map((item) => item.step).join('+') : undefined;
        calls.push([name, undone ?? about].filter(Boolean).join(':'));
        return (run as (input: unknown) => Promise<unknown>)(input);
      },
    ]),
  );
  const nativeConnection = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const worker = await Worker.create({
    connection: nativeConnection,
    namespace,
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities,
    maxHeartbeatThrottleInterval: '200ms',
    ...(script.deployment ? { workerDeploymentOptions: script.deployment } : {}),
  });
  const running = worker.run();
  return {
    client,
    calls,
    taskQueue,
    start: (over = {}, type = 'goal') => {
      const runId = `run-${randomUUID()}`;
      const request: RunRequest = { sluice: 'run', runId, bundle: 'b', mode: 'apply', by: 'ann', ...over };
      return client.workflow.start(type, {
        taskQueue,
        workflowId: runId,
        args: [request],
        memo: { mode: request.mode },
      });
    },
    until: async (handle, status) => {
      for (const end = Date.now() + 15_000; ;) {
        const document = await handle.query<RunDocument>('status');
        if (document.status === status) return document;
        if (Date.now() > end) throw new Error(`waited for ${status}, the run is ${document.status}`);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    },
    close: async () => {
      worker.shutdown();
      await running;
      await connection.close();
      await nativeConnection.close();
    },
  };
}

/** The code a workflow or an update failed with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (cause) {
    for (let inner: unknown = cause; inner instanceof Error; inner = inner.cause) {
      if (inner instanceof ApplicationFailure) return inner.type ?? '';
    }
    return (cause as Error).name;
  }
  return 'none';
}

/** A promise and its end, to hold an activity at an instant. */
export function latch(): { opened: Promise<void>; open: () => void } {
  let release: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (release = resolve));
  return { opened, open: () => release() };
}
