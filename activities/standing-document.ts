import type { Bundle } from './services';

/**
 * What a standing approval is for, of what travels with a run: the goal but for what the time binds and for when it
 * runs, its SQL files, and the connections.
 */
export function standingDocument({ goal, config, root, files }: Bundle): {
  goal: object;
  files: object;
  sources: object;
} {
  const params = Object.fromEntries(
    Object.entries(goal.params).filter(([name]) => !Object.hasOwn(goal.timeParams ?? {}, name)),
  );
  // When it runs is not what it does.
  const { schedule: _schedule, trigger: _trigger, ...document } = goal;
  return {
    goal: { ...document, params },
    files,
    sources: { connections: config.connections, root: config.files?.root ?? root },
  };
}
