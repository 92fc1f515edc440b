import type { Bundle } from '../../../activities/services';
import type { Step } from '../../../schemas/goal';
import { canonicalJson } from '../../../store/digest';

/** What a goal's runs will do otherwise from now on, a line each: `schedule.cron: "0 6 * * *" → "0 7 * * *"`. */
export function differences(before: Bundle, now: Bundle): string[] {
  const { steps: oldSteps, ...oldGoal } = before.goal;
  const { steps: newSteps, ...newGoal } = now.goal;
  return [
    ...changed('', oldGoal, newGoal),
    ...stepsChanged(oldSteps, newSteps),
    ...changed('files', before.files, now.files, () => 'its text'),
    ...changed('configuration', before.config, now.config),
    ...changed('root of files', before.root, now.root),
  ];
}

const same = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) === canonicalJson(b ?? null);

const isMapping = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function changed(
  path: string,
  before: unknown,
  now: unknown,
  show: (value: unknown) => string = (value) => JSON.stringify(value),
): string[] {
  if (same(before, now)) return [];
  if (isMapping(before) && isMapping(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return keys.flatMap((key) => changed(path === '' ? key : `${path}.${key}`, before[key], now[key], show));
  }
  if (before === undefined) return [`${path}: new, ${show(now)}`];
  if (now === undefined) return [`${path}: gone (was ${show(before)})`];
  const [old, next] = [show(before), show(now)];
  return [old === next ? `${path}: ${old} is another` : `${path}: ${old} → ${next}`];
}

function stepsChanged(before: readonly Step[], now: readonly Step[]): string[] {
  const find = (steps: readonly Step[], id: string): Step | undefined => steps.find((step) => step.id === id);
  const ids = [...new Set([...before, ...now].map((step) => step.id))];
  return ids.flatMap((id) => {
    const [old, next] = [find(before, id), find(now, id)];
    if (!old) return [`step ${id}: new (${next!.kind})`];
    if (!next) return [`step ${id}: gone (was ${old.kind})`];
    return same(old, next) ? [] : [`step ${id}: does something else`];
  });
}
