import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { Admitted, ChangeRef, Sealed } from '../schemas/life';
import { heavy } from './proxies';
import { problemFrom } from './problem';
import type { RunState } from './state';

/** How many steps of one run are applied at the same time. */
const CONCURRENCY = 4;

/**
 * Which steps must have been applied before each one: what the goal says it needs, and every earlier step that
 * writes what it reads or writes (or reads what it writes): the order of the rehearsal holds wherever it matters.
 */
export function dependencies(admitted: Admitted, changes: readonly ChangeRef[]): Map<string, Set<string>> {
  const needs = new Map(admitted.steps.map((step) => [step.id, new Set(step.needs)]));
  changes.forEach((later, index) => {
    for (const earlier of changes.slice(0, index)) {
      const conflict =
        overlap(earlier.writes, later.writes) ||
        overlap(earlier.writes, later.reads) ||
        overlap(earlier.reads, later.writes);
      if (conflict) needs.get(later.step)!.add(earlier.step);
    }
  });
  return needs;
}

/** `schema.*` stands for the schema itself, which everything in it needs. */
function overlap(a: readonly string[], b: readonly string[]): boolean {
  return a.some((left) =>
    b.some((right) => left === right || inSchema(left, right) || inSchema(right, left)),
  );
}

function inSchema(schema: string, relation: string): boolean {
  return schema.endsWith('.*') && relation.startsWith(schema.slice(0, -1));
}

/**
 * Life of a run, 6 and 7. `started` receives each change before it is attempted: whatever happens then, its undo is
 * registered. When a step fails the others are cancelled, waited for, and the first failure is thrown.
 */
export async function applySteps(
  admitted: Admitted,
  changes: readonly ChangeRef[],
  sealed: Sealed,
  state: RunState,
  started: ChangeRef[],
): Promise<void> {
  const needs = dependencies(admitted, changes);
  const done = new Set(
    admitted.steps.filter((step) => state.step(step.id).status === 'skipped').map((step) => step.id),
  );
  for (const change of changes) if (state.step(change.step).status === 'applied') done.add(change.step);
  const waiting = new Map(
    changes.filter((change) => !done.has(change.step)).map((change) => [change.step, change]),
  );
  const running = new Map<string, Promise<void>>();
  await CancellationScope.cancellable(async () => {
    let failure: Error | undefined;
    while (waiting.size > 0 || running.size > 0) {
      for (const change of [...waiting.values()]) {
        const ready = [...needs.get(change.step)!].every((need) => done.has(need));
        if (!ready || failure !== undefined || running.size >= CONCURRENCY || state.paused) continue;
        waiting.delete(change.step);
        if (!started.some((other) => other.id === change.id)) started.push(change);
        const attempt = applyStep(admitted, change, sealed, state).then(
          () => void done.add(change.step),
          (cause: Error) => {
            // The first failure is the one to report; the cancellations it causes are not news.
            failure ??= cause;
            CancellationScope.current().cancel();
          },
        );
        running.set(
          change.step,
          attempt.finally(() => running.delete(change.step)),
        );
      }
      const waits = state.paused && failure === undefined;
      if (running.size === 0 && !waits) break;
      // A cancellation ends the waiting; what still runs is waited for all the same.
      const resumed = (): Promise<void> =>
        condition(() => !state.paused).catch((cause: Error) => void (failure ??= cause));
      await Promise.race([...running.values(), ...(waits ? [resumed()] : [])]);
    }
    if (failure !== undefined) throw failure;
  });
}

async function applyStep(
  admitted: Admitted,
  change: ChangeRef,
  sealed: Sealed,
  state: RunState,
): Promise<void> {
  const report = state.step(change.step);
  report.status = 'applying';
  state.describe();
  try {
    const { rows, checks } = await heavy(admitted.queues).apply.executeWithOptions(
      { summary: `${change.step}: ${change.title}`.slice(0, 200) },
      [{ run: admitted.run, change, digest: sealed.digest, proposal: sealed.proposal }],
    );
    Object.assign(report, { status: 'applied', rows });
    state.checks.push(...checks);
  } catch (cause) {
    report.status = 'failed';
    if (!isCancellation(cause)) report.error = { step: change.step, ...problemFrom(cause) };
    throw cause;
  } finally {
    state.describe();
  }
}
