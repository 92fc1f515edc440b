import type { AskInput } from '../../schemas/ask';
import type { Goal } from '../../schemas/goal';
import type { Bundle } from '../services';

/** What an ask stands on and no model chooses: configuration, root of files, policy, environment. An artifact. */
export type AskGround = Omit<Bundle, 'goal' | 'files' | 'asked'>;

/** Seven days, as a goal document's default. */
const DEADLINE_MS = 7 * 86_400_000;

/**
 * The bundle that an ask reads through (its warehouse, its sources): a goal without steps, named and placed as the
 * head says. Never run.
 */
export function bundleToRead({ head = {} }: Pick<AskInput, 'head'>, ground: AskGround): Bundle {
  const goal: Goal = {
    apiVersion: 'sluice/v1',
    goal: text(head.goal) ?? 'ask',
    warehouse: text(head.warehouse) ?? 'local',
    ...(head.classification === undefined
      ? {}
      : { classification: head.classification as Goal['classification'] }),
    params: {},
    onFailure: 'undo',
    deadlineMs: DEADLINE_MS,
    steps: [],
  };
  return { ...ground, goal, files: {} };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
