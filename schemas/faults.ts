import type { z } from 'zod';
import type { Fault } from './errors';

/** A path as people write it: `steps[1].ingest.key[0]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}

/** zod's issues as faults, unions unfolded to their most telling branch; never the offending value itself. */
export function faultsOf(error: z.ZodError, prefix: readonly PropertyKey[] = []): Fault[] {
  return error.issues.flatMap((issue) => issueFaults(issue as Issue, prefix));
}

interface Issue {
  code: string;
  path: PropertyKey[];
  message: string;
  keys?: string[];
  errors?: Issue[][];
}

function issueFaults(issue: Issue, prefix: readonly PropertyKey[]): Fault[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys' && issue.keys) {
    return issue.keys.map((key) => ({ path: pathText([...path, key]), message: 'unknown key' }));
  }
  if (issue.code === 'invalid_union' && issue.errors && issue.errors.length > 0) {
    // The branch that came furthest is what the writer meant: unknown keys count less than wrong values.
    const weight = (branch: Issue[]): number =>
      branch.reduce((sum, item) => sum + (item.path.length === 0 ? 10 : 1) * (item.keys?.length ?? 1), 0);
    const best = [...issue.errors].sort((a, b) => weight(a) - weight(b))[0]!;
    return best.flatMap((inner) => issueFaults(inner, path));
  }
  return [{ path: pathText(path) || '(document)', message: issue.message }];
}
