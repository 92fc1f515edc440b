import { secretShapes } from '../../../governance/secret-shapes';
import type { Fault } from '../../../schemas/errors';
import { pathText } from '../../../schemas/faults';
import { constantTexts } from '../../../sql/constants';
import { isObject } from '../control/arguments';
import type { StepSql } from './queries';

/**
 * Credentials anywhere in a document: values, keys, SQL with its comments, defaults of parameters. Texts that SQL glues
 * together are looked at glued. The value is never repeated.
 */
export function secretFaults(value: unknown, path: readonly PropertyKey[] = []): Fault[] {
  if (typeof value === 'string') return found(value, path);
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) => secretFaults(item, [...path, index]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    ...found(key, [...path, '(key)']),
    ...secretFaults(item, [...path, key]),
  ]);
}

function found(text: string, path: readonly PropertyKey[]): Fault[] {
  const glued = text.replace(/'\s*(?:\|\||\n)\s*[eE]?'/g, '');
  const shapes = [...secretShapes(text), ...(glued === text ? [] : secretShapes(glued))];
  return faultsOf(
    shapes.map(({ what }) => what),
    pathText(path),
  );
}

/** Credentials that SQL spells in another way: escaped, encoded, put together of pieces. */
export function spelledSecretFaults(sql: readonly StepSql[]): Fault[] {
  return sql.flatMap(({ path, statements }) =>
    faultsOf(
      statements
        .flatMap(({ node }) => constantTexts(node))
        .flatMap((text) => secretShapes(text))
        .map(({ what }) => what),
      path,
    ),
  );
}

function faultsOf(whats: readonly string[], path: string): Fault[] {
  return [...new Set(whats)].map((what) => ({
    path,
    message: `holds ${what}: no credential may stand in a document; a connection of the configuration refers to one as secret://name`,
  }));
}
