import type { RelationName } from '../../schemas/change';
import { quoteIdent, quoteRelation } from '../../sql/quote';
import { ASIDE_CTE } from '../../warehouses/kept';
import { LEDGER_SCHEMA } from '../../warehouses/ledger.sql';
import type { ReadSession } from '../../warehouses/warehouse';
import type { KeyColumn } from './body';

/** A table that a change keeps of a relation's rows. */
export interface KeptOf {
  name: string;
  changeId: string;
  /** The kind of step whose change it is. */
  kind: string;
  form: 'rows' | 'values' | 'table';
  /** Columns of the relation by which its rows are found again; null: by content, or not known. */
  key: string[] | null;
  columns: KeyColumn[];
}

/** Everything that is kept of a relation, under its name of today or any it had: by record, else by what its change wrote. */
export async function keptOf(session: ReadSession, relation: RelationName): Promise<KeptOf[]> {
  return session.query<KeptOf>(
    `with ${ASIDE_CTE}
     select a.name, a.change_id as "changeId", c.kind, k.key_columns as key,
            coalesce(k.form, case when exists (select from pg_attribute v where v.attrelid = a.oid and v.attname = 'sluice$value')
                                  then 'values' else 'rows' end) as form,
            (select coalesce(jsonb_agg(jsonb_build_object('name', v.attname, 'type', format_type(v.atttypid, v.atttypmod)) order by v.attnum), '[]')
               from pg_attribute v where v.attrelid = a.oid and v.attnum > 0 and not v.attisdropped) as columns
       from aside a join ${LEDGER_SCHEMA}.change c on c.change_id = a.change_id
            left join ${LEDGER_SCHEMA}.kept k on k.name = a.name
      where a.kind in ('r', 'p')
        and (k.relation = $1 or k.relid = to_regclass($2)::oid
             or (k.name is null and c.writes @> array[$1]))
      order by c.applied_at, a.name`,
    [relation, quoteRelation(relation)],
  );
}

export const quotedKept = ({ name }: Pick<KeptOf, 'name'>): string =>
  `${quoteIdent(LEDGER_SCHEMA)}.${quoteIdent(name)}`;

/** `sluice$key_1`: where a kept row has no more than what finds it. */
export const keyAlias = (index: number): string => `sluice$key_${index + 1}`;

/** How a kept table tells whose its rows are. */
export interface Reach {
  /** Conditions over the kept row `k`, each with a value of the erasure's columns: `k."email"`. */
  byValue: { kept: string; type: string; column: KeyColumn }[] | undefined;
  /** The relation's key columns, and where they stand in the kept row. */
  byKey: { kept: string; column: string }[] | undefined;
  byContent: boolean;
}

/** By which of its columns a kept table can be searched. */
export function reachOf(kept: KeptOf, columns: readonly KeyColumn[]): Reach {
  const types = new Map(kept.columns.map(({ name, type }) => [name, type]));
  const own = (name: string): string | undefined => {
    if (types.has(name)) return name;
    const at = kept.key?.indexOf(name) ?? -1;
    return at >= 0 && types.has(keyAlias(at)) ? keyAlias(at) : undefined;
  };
  const values = columns.map((column) => {
    const name = own(column.name);
    return name === undefined ? [] : [{ kept: `k.${quoteIdent(name)}`, type: types.get(name)!, column }];
  });
  const keys = kept.key?.map((column, index) => {
    const name = types.has(keyAlias(index)) ? keyAlias(index) : types.has(column) ? column : undefined;
    return name === undefined ? [] : [{ kept: `k.${quoteIdent(name)}`, column }];
  });
  return {
    byValue: values.every((each) => each.length > 0) ? values.flat() : undefined,
    byKey: keys?.every((each) => each.length > 0) ? keys.flat() : undefined,
    byContent: kept.key === null && types.has('sluice$hash') && kept.form === 'rows',
  };
}

/** Whether each row of it that is the person's can be found: else all of it must go. */
export function isSearchable(kept: KeptOf, columns: readonly KeyColumn[]): boolean {
  return reachOf(kept, columns).byValue !== undefined;
}

/**
 * Where a kept table holds the transaction that wrote each row. Beside kept values it is a second time: the change keeps
 * a table of nothing but the rows' transactions, by which they are counted.
 */
export function stampOf({ columns, form }: KeptOf): string | undefined {
  if (form === 'table') return 'k.xmin';
  if (columns.some(({ name }) => name === 'sluice$value')) return undefined;
  const stamp = columns.find(({ name }) => name === 'sluice_xmin' || name === 'sluice$xmin');
  return stamp && `k.${quoteIdent(stamp.name)}`;
}
