import type { RelationName } from '../schemas/change';
import { relationName, splitRelation } from '../schemas/relation';

export { DEFAULT_SCHEMA, readRelation, relationName, splitRelation } from '../schemas/relation';

/**
 * How identifiers and literals become SQL text: the only place where Sluice quotes. Values are parameters wherever
 * PostgreSQL takes parameters; `quoteLiteral` is for the rest (COPY options, defaults in DDL).
 */

/** An identifier as PostgreSQL reads it back unchanged. Throws RangeError for an empty name or one with a NUL. */
export function quoteIdent(name: string): string {
  if (name === '' || name.includes('\0')) {
    throw new RangeError('an identifier must be non-empty and free of NUL bytes');
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A string literal. Relies on `standard_conforming_strings = on` (pinned in every session) only for strings
 * without a backslash; one with a backslash is written as an escape string, which reads the same either way.
 * Throws RangeError for a NUL, which PostgreSQL text cannot hold.
 */
export function quoteLiteral(value: string): string {
  if (value.includes('\0')) throw new RangeError('a PostgreSQL string cannot hold a NUL byte');
  const doubled = value.replaceAll("'", "''");
  return value.includes('\\') ? ` E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/** `schema.name`, with the default schema written out: the one spelling that is stored and compared. */
export function normaliseRelation(relation: RelationName): RelationName {
  const { schema, name } = splitRelation(relation);
  return relationName(schema, name);
}

/** A relation's name for SQL text, both parts quoted: `flights` and `public.flights` give `"public"."flights"`. */
export function quoteRelation(relation: RelationName): string {
  const { schema, name } = splitRelation(relation);
  return `${quoteIdent(schema)}.${quoteIdent(name)}`;
}

/** SQL for the stored name of a relation (see `relationName`), of two expressions for its schema and its own name. */
export const storedName = (schema: string, name: string): string =>
  [schema, name]
    .map(
      (part) =>
        `case when ${part} ~ '[."]' then '"' || replace(${part}, '"', '""') || '"' else ${part}::text end`,
    )
    .join(` || '.' || `);
