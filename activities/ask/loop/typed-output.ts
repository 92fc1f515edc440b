import { parse as parseYaml } from 'yaml';
import type { ZodType } from 'zod';
import type { Fault } from '../../../schemas/errors';

/** What a role without tools said, as its typed output: JSON as it is, in a fence, or among words; then YAML. */
export function typedOutput(text: string, type: ZodType): { value: unknown } | { faults: Fault[] } {
  const read = valueIn(text);
  if (read === undefined) return { faults: [{ path: '', message: 'is not JSON' }] };
  const checked = type.safeParse(read);
  if (checked.success) return { value: checked.data };
  return {
    faults: checked.error.issues
      .slice(0, 20)
      .map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
  };
}

function valueIn(text: string): unknown {
  const fenced = /```(?:json|yaml)?\s*\n([\s\S]*?)```/i.exec(text)?.[1];
  const braces = /\{[\s\S]*\}/.exec(text)?.[0];
  for (const candidate of [text, fenced, braces]) {
    if (candidate === undefined) continue;
    try {
      return JSON.parse(candidate) as unknown;
    } catch {
      // The next form.
    }
  }
  try {
    const value = parseYaml(fenced ?? text) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
