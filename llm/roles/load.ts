import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { fail } from '../../schemas/errors';
import { faultsOf } from '../../schemas/faults';
import { nameSchema } from '../../schemas/goal';
import { sha256 } from '../../store/digest';
import type { Role } from './role';

const wordSchema = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower-case letters, digits and "_"');

const roleSchema = z.strictObject({
  name: wordSchema,
  summary: z.string().min(1).max(300),
  model: z.enum(['large', 'small']),
  effort: z.enum(['low', 'medium', 'high']).optional(),
  tools: z.array(wordSchema),
  kinds: z.array(nameSchema),
  output: wordSchema,
  maxCalls: z.number().int().min(1).max(100),
  instructions: z.string().min(1),
});

/** One role file. Throws `invalid_config` with every fault. */
export function parseRole(text: string, file: string): Role {
  const refuse = (faults: { path: string; message: string }[], cause?: unknown): Error =>
    fail(
      'invalid_config',
      `The role file ${file} has a fault at ${faults[0]!.path}: ${faults[0]!.message}.`,
      { next: 'Correct the file; llm/roles/role.ts says what its keys are.', faults, place: file, cause },
    );
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    throw refuse([{ path: '(document)', message: (cause as Error).message.split('\n')[0]! }], cause);
  }
  const parsed = roleSchema.safeParse(value);
  if (!parsed.success) throw refuse(faultsOf(parsed.error));
  const stem = path.basename(file).replace(/\.yaml$/, '');
  if (parsed.data.name !== stem) throw refuse([{ path: 'name', message: `must be "${stem}", as the file` }]);
  return { ...parsed.data, version: sha256(text) };
}

/**
 * The role files of a directory, by name; without one, those that come with Sluice, which lie beside this file (the
 * build copies them). Throws `invalid_config`.
 */
export function loadRoles(directory: string = __dirname): ReadonlyMap<string, Role> {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.yaml'))
    .sort();
  return new Map(
    files.map((file) => {
      const role = parseRole(readFileSync(path.join(directory, file), 'utf8'), file);
      return [role.name, role];
    }),
  );
}

/** What a model may put into a goal: the kinds that any role knows. */
export function allowedKinds(roles: Iterable<Role>): ReadonlySet<string> {
  return new Set([...roles].flatMap((role) => role.kinds));
}
