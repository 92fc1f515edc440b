import type { Goal } from '../../schemas/goal';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/**
 * A checked goal as a document again, with everything that the check had filled in written out. Of parameters, the
 * values of that run become the defaults.
 */
export function documentOf(goal: Goal): Record<string, unknown> {
  const { deadlineMs, params, timeParams = {}, steps, ...head } = goal;
  const names = [...new Set([...Object.keys(params), ...Object.keys(timeParams)])];
  const declared = names.map((name) => {
    const value = params[name];
    const type = timeParams[name]?.type ?? typeOf(value);
    const timed = timeParams[name] ? { ...timeParams[name], from: 'schedule' } : {};
    return [name, { type, ...timed, ...(value === undefined ? {} : { default: value }) }] as const;
  });
  const [unit, ms] = UNITS.find(([, size]) => deadlineMs % size === 0)!;
  return {
    ...head,
    ...(declared.length === 0 ? {} : { params: Object.fromEntries(declared) }),
    deadline: `${deadlineMs / ms}${unit}`,
    steps: steps.map(({ id, needs, description, kind, input }) => ({
      id,
      ...(needs.length === 0 ? {} : { needs }),
      ...(description === undefined ? {} : { description }),
      [kind]: input,
    })),
  };
}

function typeOf(value: Goal['params'][string] | undefined): string {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return /^\d{4}-\d{2}-\d{2}$/.test(value ?? '') ? 'date' : 'string';
}
