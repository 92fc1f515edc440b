import { quoteIdent, quoteRelation } from '../../sql/quote';
import type { HmacKey } from '../../store/erasures';
import { LEDGER_SCHEMA as S } from '../../warehouses/ledger.sql';
import type { WriteSession } from '../../warehouses/warehouse';
import type { Target } from './body';
import { paramsOf, type Values } from './values';

/** HMAC-SHA-256 (RFC 2104) of a text, in SQL: `outer` and `inner` are the padded key's. */
export const hmacSql = (text: string, outer: string, inner: string): string =>
  `sha256(${outer}::bytea || sha256(${inner}::bytea || convert_to(${text}, 'UTF8')))`;

/** What is hashed: relation, and column with value for each column of the key, each as text; no two keys read the same. */
export const keyText = (relation: string, columns: readonly { name: string; value: string }[]): string =>
  `jsonb_build_array(${[relation, ...columns.flatMap(({ name, value }) => [name, value])].join(', ')})::text`;

/** Puts on record, as a hash, whose rows were erased: an undo of what happened before looks here. */
export async function remember(
  session: WriteSession,
  erasure: string,
  { relation, columns }: Target,
  values: Values,
  key: HmacKey,
): Promise<void> {
  const text = keyText(
    '$2::text',
    columns.map(({ type }, index) => ({
      name: `($4::text[])[${index + 1}]`,
      value: `(($5::text[])[${index + 1}]::${type})::text`,
    })),
  );
  await session.execute(
    `insert into ${S}.erasure (change_id, relation, relid, key_columns, key_id, key_hmac)
     select $1, $2, to_regclass($3)::oid, $4::text[], $6, ${hmacSql(text, '$7', '$8')}`,
    [
      erasure,
      relation,
      quoteRelation(relation),
      columns.map(({ name }) => name),
      paramsOf(columns, values),
      key.id,
      key.outer,
      key.inner,
    ],
  );
}

/** A condition over rows `t`: their key is one of the erased ones. $1, $2 the padded key, $3 hashes, $4 relation, $5 columns. */
export function isErased(columns: readonly string[]): string {
  const text = keyText(
    '$4::text',
    columns.map((name, index) => ({
      name: `($5::text[])[${index + 1}]`,
      value: `t.${quoteIdent(name)}::text`,
    })),
  );
  return `${hmacSql(text, '$1', '$2')} = any($3::bytea[])`;
}
