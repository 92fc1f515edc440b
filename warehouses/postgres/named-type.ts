import type { ReadSession } from '../warehouse';

export interface NamedType {
  oid: string;
  /** Its length or precision as the catalogue holds it; -1: none was given. */
  modifier: number;
}

/**
 * A type by any of its names, with the modifier in it (`numeric(10,2)`). `undefined` for one that does not exist.
 * `to_regtypemod` would do, from version 17 on; a column of the type says the same everywhere.
 */
export async function namedType(session: ReadSession, written: string): Promise<NamedType | undefined> {
  const [row] = await session.query<{ oid: string; domain: boolean }>(
    `select oid::text, typtype = 'd' as domain from pg_catalog.pg_type where oid = to_regtype($1)`,
    [written],
  );
  if (!row) return undefined;
  // A domain takes no modifier; what a column of it shows is that of the type below.
  if (row.domain) return { oid: row.oid, modifier: -1 };
  // PostgreSQL has just read all of the text as one type's name, so nothing else is in it.
  const [column] = await session.describe(`select null::${written}\n as typed`);
  return { oid: row.oid, modifier: column!.typeModifier };
}
