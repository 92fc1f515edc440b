import type { ReadSession } from '../../warehouse';
import { COMMON, OWN_SCHEMAS } from '../fingerprint/fragments';
import type { Made } from './definition';

/** Reads objects of one class: what a query over the catalogue returns is what is made. */
export interface Reader {
  /** With the columns of `Made`; may use the common tables `nsp` and `ext`, and $1, $2 (see `definition.ts`). */
  sql: string;
}

/** Languages whose functions can do nothing but SQL: no files, no network, no other database. */
export const SAFE_LANGUAGES = ['sql', 'plpgsql'];

export const list = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

/** A column's or domain's collation, where it is not its type's own. */
export const collate = (collation: string, ofType: string): string =>
  `case when ${collation} <> ${ofType} then ' collate ' || ${collation}::regcollation else '' end`;

/** Names of roles in the copy. */
export const copyRole = (oid: string): string =>
  `quote_ident(case pg_get_userbyid(${oid}) when $1 then $2 else pg_get_userbyid(${oid}) end)`;

export async function readAll(
  session: ReadSession,
  reader: Reader,
  alias: readonly [string, string],
): Promise<Made[]> {
  // Both parameters are mentioned, so that a reader need not use them.
  const sql = `with ${COMMON}, roles as (select $1::name, $2::name) ${reader.sql}`;
  return session.query<Made>(sql, alias);
}

export { OWN_SCHEMAS };
