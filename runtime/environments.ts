import type { z } from 'zod';
import { configSchema, type Config } from '../schemas/config';
import { fail } from '../schemas/errors';

type Mapping = Record<string, unknown>;

const isMapping = (value: unknown): value is Mapping =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * One over the other: mappings key by key, all else (lists too) as a whole; `null` takes a key away. A connection of
 * another `kind` replaces the one below it, whose keys would mean nothing to it.
 */
export function overlay(below: unknown, above: unknown): unknown {
  if (!isMapping(below) || !isMapping(above)) return above;
  if (above.kind !== undefined && below.kind !== undefined && above.kind !== below.kind) return above;
  const merged: Mapping = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === null) delete merged[key];
    else merged[key] = Object.hasOwn(below, key) ? overlay(below[key], value) : value;
  }
  return merged;
}

/**
 * Checks a configuration as it was read, with an environment's connections laid over its own.
 * Throws `invalid_config` for a name that is not among its environments, naming those that are. Faults of the result
 * are returned, not thrown: who read the file knows where they stand.
 */
export function parseConfig(raw: unknown, environment: string | undefined): z.ZodSafeParseResult<Config> {
  const plain = configSchema.safeParse(raw);
  if (!plain.success || environment === undefined) return plain;
  const known = Object.keys(plain.data.environments);
  if (!known.includes(environment)) throw unknown(environment, known);
  const chosen = plain.data.environments[environment]!;
  const base = isMapping(raw) ? raw : {};
  return configSchema.safeParse({
    ...base,
    connections: overlay(base.connections ?? {}, chosen.connections),
  });
}

function unknown(environment: string, known: string[]): Error {
  const list = known.length === 0 ? 'it has none' : `it has ${known.sort().join(', ')}`;
  return fail('invalid_config', `The configuration has no environment "${environment}"; ${list}.`, {
    next: 'Use one of those (--env, SLUICE_ENV), or add it under `environments` in sluice.config.yaml.',
    place: 'environments',
  });
}
