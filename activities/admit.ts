import { readFile } from 'node:fs/promises';
import { resolveUnderRoot } from '../sources/root';
import { goalIn } from '../capabilities/environment';
import { checkGoal, type Registry } from '../capabilities/document';
import { fail, SluiceError } from '../schemas/errors';
import type { Goal } from '../schemas/goal';
import type { AdmitInput, Admitted, RunMode, RunRequest } from '../schemas/life';
import type { Write } from '../store/write';
import { atTime } from './at-time';
import { assertUnderstood } from './outdated';
import { isProtected } from './guarded';
import { emitAdmitted } from './lineage/run';
import { asActivity } from './run-context';
import type { Bundle, Services } from './services';

/** The text files a goal names (SQL), read below its root. Throws `source_missing`, `path_escapes_root`. */
export async function bundleFiles(
  goal: Goal,
  registry: Registry,
  root: string,
): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const step of goal.steps) {
    for (const path of registry.get(step.kind)?.bundle?.(step.input) ?? []) {
      files[path] ??= await readFile(await resolveUnderRoot(root, path), 'utf8').catch((cause: unknown) => {
        if (cause instanceof SluiceError) throw cause;
        throw fail('source_missing', `Step "${step.id}" names the file ${path}, which cannot be read.`, {
          next: 'Put the file below the goal document’s folder, or correct the path.',
          step: step.id,
          place: path,
          cause,
        });
      });
    }
  }
  return files;
}

function isRunRequest(request: unknown): request is RunRequest {
  return (request as { sluice?: unknown } | null)?.sluice === 'run';
}

/** The time the run is for: what started the workflow says it, else Temporal, of what a schedule started. */
function scheduledAtOf({ request, scheduledAt }: AdmitInput): string | undefined {
  return (isRunRequest(request) ? request.scheduledAt : undefined) ?? scheduledAt;
}

/**
 * Life of a run, 1: the document is checked against its schema; what it needs is stored under one hash. A client
 * has done that already and gives the hash; a goal document from Temporal's own tools is checked here.
 */
export function admit(services: Services, input: AdmitInput): Promise<Admitted> {
  return asActivity(services, { runId: input.runId }, async () => {
    const { request } = input;
    let bundleRef: string;
    let bundle: Bundle;
    let mode: RunMode = 'apply';
    let by = 'temporal';
    const stored: Write[] = [];
    if (isRunRequest(request)) {
      bundleRef = request.bundle;
      ({ mode, by } = request);
      bundle = await services.store.artifacts.getJson<Bundle>(bundleRef);
      // The bundle was checked where it was made; it is checked again where it runs.
      assertUnderstood(bundle, services.registry);
    } else {
      const by = scheduledAtOf(input) === undefined ? 'person' : 'schedule';
      const { config, root, environment } = services.project;
      const goal = goalIn(environment, config, request, (params) =>
        checkGoal(request, services.registry, params, by),
      );
      const files = await bundleFiles(goal, services.registry, root);
      bundle = { goal, config, root, files, ...(environment === undefined ? {} : { environment }) };
      const { hash, write } = services.store.artifacts.json('bundle', bundle);
      bundleRef = hash;
      stored.push(write);
    }
    const scheduledAt = scheduledAtOf(input);
    const timed = await atTime(services, { ref: bundleRef, bundle }, scheduledAt);
    ({ bundle, ref: bundleRef } = timed);
    const { goal } = bundle;
    // A policy with a fault allows nothing: said now, not after a rehearsal.
    await services.policy.check(bundle.policy);
    const run = { runId: input.runId, goal: goal.goal, bundle: bundleRef };
    const { store } = services;
    await store.together(
      ...stored,
      store.runs.begin({
        ...run,
        workflowId: input.workflowId,
        temporalRunId: input.temporalRunId,
        mode,
        startedBy: by,
      }),
      emitAdmitted(services, run, bundle),
      store.record.event(run.runId, 'admitted', by, { goal: run.goal, bundle: bundleRef, mode }),
    );
    return {
      run,
      mode,
      by,
      owner: goal.owner ?? '',
      warehouse: goal.warehouse,
      ...(bundle.environment === undefined ? {} : { environment: bundle.environment }),
      ...(isProtected(bundle) ? { guarded: true } : {}),
      onFailure: goal.onFailure,
      deadlineMs: goal.deadlineMs,
      ...(scheduledAt !== undefined && { scheduledAt }),
      steps: goal.steps.map(({ id, kind, needs }) => ({ id, kind, needs })),
      ...(services.queues ? { queues: services.queues } : {}),
    };
  });
}
