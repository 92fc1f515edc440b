import { parseDocument } from 'yaml';
import type { ZodType } from 'zod';
import { faultsOf } from '../../../schemas/faults';
import { DEEPEST, isBottomless } from '../../../schemas/depth';
import type { Fault } from '../../../schemas/errors';

/** A document that a model writes is kilobytes; more is a mistake, and YAML of any size takes time. */
const MAX_TEXT = 400_000;

export type Read<T> = { ok: true; value: T } | { ok: false; faults: Fault[] };

/**
 * What a model meant by an object, however it wrote it: the object itself, or a text that holds it as JSON or YAML, with
 * or without a fence around it. How it is written is not judged; what it says is, strictly, by whoever reads it.
 */
export function objectIn(given: unknown, path: string): Read<Record<string, unknown>> {
  const value = typeof given === 'string' ? textValue(given, path) : { ok: true as const, value: given };
  if (!value.ok) return value;
  if (isBottomless(value.value))
    return {
      ok: false,
      faults: [{ path, message: `is nested deeper than ${DEEPEST} levels, or refers to itself` }],
    };
  if (isObject(value.value)) return { ok: true, value: value.value };
  const found = Array.isArray(value.value) ? 'a list' : typeof value.value === 'string' ? 'a text' : 'none';
  return { ok: false, faults: [{ path, message: `must be an object (JSON or YAML); found ${found}` }] };
}

function textValue(text: string, path: string): Read<unknown> {
  if (text.length > MAX_TEXT)
    return { ok: false, faults: [{ path, message: `is longer than ${MAX_TEXT} characters` }] };
  const fenced = [...text.matchAll(FENCE)].map(([, , inside = '']) => inside);
  if (fenced.filter((inside) => inside.trim() !== '').length > 1)
    return { ok: false, faults: [{ path, message: 'holds several fenced documents: give one' }] };
  const inner = fenced[0] ?? text;
  try {
    return { ok: true, value: JSON.parse(inner) as unknown };
  } catch {
    // Not JSON; YAML says better where it stops.
  }
  let document;
  try {
    document = parseDocument(inner, { uniqueKeys: true, prettyErrors: true, logLevel: 'silent' });
  } catch {
    // It goes into depths by calling itself, and ran out of them.
    return { ok: false, faults: [{ path, message: `is nested deeper than ${DEEPEST} levels` }] };
  }
  const [error] = document.errors;
  if (error) {
    const message = error.message.split('\n')[0]!.replace(/:$/, '');
    return { ok: false, faults: [{ path, message: `cannot be read as JSON or YAML: ${message}` }] };
  }
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 50 }) as unknown };
  } catch {
    return { ok: false, faults: [{ path, message: 'expands aliases without bound' }] };
  }
}

const FENCE = /^[ \t]*(```|~~~)[^\n]*\n([\s\S]*?)\n?[ \t]*\1[ \t]*$/gm;

/** Strict, after all: the arguments as the schema wants them, or every fault. */
export function validated<T>(args: Record<string, unknown>, schema: ZodType<T>): Read<T> {
  const first = schema.safeParse(args);
  if (first.success) return { ok: true, value: first.data };
  // Objects and lists inside may have been written as texts, too.
  const second = schema.safeParse(unpacked(args));
  if (second.success) return { ok: true, value: second.data };
  return { ok: false, faults: faultsOf(first.error) };
}

function unpacked(args: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => {
      if (typeof value !== 'string' || !/^\s*([[{]|```)/.test(value)) return [key, value];
      const read = textValue(value, key);
      return [key, read.ok ? read.value : value];
    }),
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
