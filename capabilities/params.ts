import type { z } from 'zod';
import type { Fault } from '../schemas/errors';
import type { paramSchema, ParamValue } from '../schemas/goal';
import type { TimeParam } from '../schemas/schedule';

/** Values given on the command line (`--param name=value`) or by a schedule; still text or already typed. */
export type GivenParams = Record<string, string | number | boolean>;

type Declared = Record<string, z.infer<typeof paramSchema>>;

/**
 * Binds given values, then defaults, to declared parameters, checked against their types. Faults are collected. What a
 * schedule binds from its time need not have a value yet where a schedule is what will bind it.
 */
export function bindParams(
  declared: Declared,
  given: GivenParams,
  faults: Fault[],
  by: 'person' | 'schedule' = 'person',
): Record<string, ParamValue> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(declared, name)) {
      faults.push({ path: `params.${name}`, message: 'is given but not declared' });
    }
  }
  const bound: Record<string, ParamValue> = {};
  for (const [name, { type, default: fallback, from }] of Object.entries(declared)) {
    const raw = given[name] ?? fallback;
    if (from === 'schedule' && by === 'schedule' && Object.hasOwn(given, name)) {
      faults.push({ path: `params.${name}`, message: 'is bound from the schedule’s time: do not give it' });
      continue;
    }
    if (raw === undefined) {
      if (from === 'schedule' && by === 'schedule') continue;
      faults.push({
        path: `params.${name}`,
        message:
          from === 'schedule'
            ? 'is bound by a schedule; by hand, give it (--param) or declare a default'
            : 'has no value: give one (--param) or declare a default',
      });
      continue;
    }
    const value = convert(type, raw);
    if (value === undefined) faults.push({ path: `params.${name}`, message: `is not a valid ${type}` });
    else bound[name] = value;
  }
  return bound;
}

function convert(type: Declared[string]['type'], raw: string | number | boolean): ParamValue | undefined {
  const text = String(raw);
  switch (type) {
    case 'string':
      return text;
    case 'integer': {
      const number = Number(text);
      return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(number) ? number : undefined;
    }
    case 'number': {
      const number = Number(text);
      return text.trim() !== '' && Number.isFinite(number) ? number : undefined;
    }
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(text) && isRealDate(text) ? text : undefined;
    case 'timestamp':
      return /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?$/.test(text) &&
        isRealDate(text.slice(0, 10))
        ? text
        : undefined;
    case 'identifier':
      return /^[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$/.test(text) ? text : undefined;
  }
}

function isRealDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The parameters that a scheduled run binds from its time, as the goal keeps them; `undefined` when there are none. */
export function timeParamsOf(declared: Declared): Record<string, TimeParam> | undefined {
  const timed = Object.entries(declared).flatMap(([name, { type, from, floor, offset }]) =>
    from === 'schedule' && (type === 'date' || type === 'timestamp')
      ? [[name, { type, ...(floor && { floor }), ...(offset && { offset }) }] as const]
      : [],
  );
  return timed.length === 0 ? undefined : Object.fromEntries(timed);
}
