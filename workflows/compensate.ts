import type { Admitted, ChangeRef } from '../schemas/life';
import type { Problem } from '../schemas/errors';
import type { Actor } from '../schemas/steering';
import { compensation } from './proxies';
import { problemFrom } from './problem';
import type { RunState } from './state';

/**
 * Takes back the given changes in reverse order, all or nothing. Returns what an operator has to know when that
 * cannot be done; the steps then say which changes still stand.
 */
export async function compensate(
  admitted: Admitted,
  state: RunState,
  changes: ChangeRef[],
  actor: Actor,
): Promise<Problem | undefined> {
  if (changes.length === 0) return undefined;
  const before = state.error;
  try {
    const { steps } = await compensation(admitted.queues).undo.executeWithOptions(
      { summary: `undo ${changes.length} of its changes` },
      [{ run: admitted.run, changes, actor, ...(before ? { because: before.code } : {}) }],
    );
    for (const { step } of steps) state.step(step).status = 'undone';
    for (const change of changes) {
      const report = state.step(change.step);
      if (report.status === 'applying') report.status = 'failed';
    }
    return undefined;
  } catch (cause) {
    const why = problemFrom(cause);
    const statements = [...changes].reverse().map((change) => {
      const text = state.view?.changes.find((view) => view.id === change.id)?.undo ?? '';
      return `-- step ${change.step} (change ${change.id})\n${text}`;
    });
    return {
      code: 'needs_operator',
      message: `${before ? `${before.message} ` : ''}Taking it back failed as well: ${why.message}`,
      state: 'The changes listed still stand, all of them; nothing was half undone.',
      next: `Remove the cause, then \`sluice undo ${admitted.run.runId}\`. By hand, the statements that are left to run, in this order:\n${statements.join('\n')}`,
      ...(why.step === undefined ? {} : { step: why.step }),
      faults: [{ path: why.code, message: why.message }],
    };
  }
}
