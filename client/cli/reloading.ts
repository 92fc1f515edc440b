import type { Bundle } from '../../activities/services';
import { fail } from '../../schemas/errors';

/**
 * The goal in which some steps load the whole of their source again (`--reload STEP`). It is another document, so no standing
 * approval of the goal covers it. Throws `usage` for what is no ingest step of it.
 */
export function reloading(bundle: Bundle, steps: readonly string[] = []): Bundle {
  const ingests = bundle.goal.steps.filter(({ kind }) => kind === 'ingest').map(({ id }) => id);
  const strange = steps.find((step) => !ingests.includes(step));
  if (strange !== undefined) {
    throw fail('usage', `--reload ${strange}: the goal has no ingest step of that name.`, {
      next: ingests.length === 0 ? 'Leave --reload out.' : `Name one of: ${ingests.join(', ')}.`,
    });
  }
  if (steps.length === 0) return bundle;
  const reloaded = bundle.goal.steps.map((step) =>
    steps.includes(step.id) ? { ...step, input: { ...(step.input as object), reload: true } } : step,
  );
  return { ...bundle, goal: { ...bundle.goal, steps: reloaded } };
}
