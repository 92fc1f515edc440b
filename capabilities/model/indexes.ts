import type { RelationName } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import { quoteIdent, quoteRelation } from '../../sql/quote';
import type { ReadSession, WriteSession } from '../../warehouses/warehouse';
import { indexName } from './names';

/** A plain index (one that no constraint owns). */
export interface Index {
  name: string;
  /** `CREATE UNIQUE INDEX x ON marts.y USING …` without everything before USING. */
  using: string;
  unique: boolean;
  /** Columns it needs, in key, predicate and expressions. */
  needs: string[];
  /** Key columns, where the index is just these: btree, no predicate, no expression. */
  columns: string[] | null;
  comment: string | null;
}

export async function indexesOf(session: ReadSession, oid: string): Promise<Index[]> {
  const rows = await session.query<Omit<Index, 'using'> & { definition: string; head: string }>(
    `select i.relname as name, x.indisunique as unique, obj_description(i.oid, 'pg_class') as comment,
            pg_get_indexdef(i.oid) as definition,
            format('CREATE %sINDEX %I ON %I.%I ', case when x.indisunique then 'UNIQUE ' end, i.relname, n.nspname,
                   t.relname) as head,
            (select coalesce(array_agg(distinct a.attname::text), '{}') from pg_depend d
               join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
              where d.classid = 'pg_class'::regclass and d.objid = i.oid and d.refobjid = t.oid and d.refobjsubid > 0
            ) as needs,
            case when x.indpred is null and x.indexprs is null and x.indnkeyatts = x.indnatts and am.amname = 'btree'
                 then (select array_agg(a.attname::text order by k.place)
                         from unnest(x.indkey::int2[]) with ordinality k(attnum, place)
                         join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum) end as columns
       from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am am on am.oid = i.relam
       join pg_class t on t.oid = x.indrelid join pg_namespace n on n.oid = t.relnamespace
      where x.indrelid = $1::oid and x.indisvalid
        and not exists (select from pg_constraint c where c.conindid = i.oid and c.conrelid = t.oid)
      order by 1`,
    [oid],
  );
  return rows.map(({ definition, head, ...index }) => {
    if (!definition.startsWith(head)) {
      throw fail('internal', `The definition of the index ${index.name} reads unlike any other.`, {
        next: 'Report this, with the index’s definition.',
      });
    }
    return { ...index, using: definition.slice(head.length) };
  });
}

/** The wanted indexes that a table lacks. */
export async function missingIndexes(
  session: ReadSession,
  oid: string,
  wanted: readonly string[][],
): Promise<string[][]> {
  const there = new Set((await indexesOf(session, oid)).map((index) => JSON.stringify(index.columns)));
  return wanted.filter((columns) => !there.has(JSON.stringify(columns)));
}

/** Makes the wanted indexes that a published table lacks; returns their names. */
export async function addIndexes(
  session: WriteSession,
  relation: RelationName,
  oid: string,
  wanted: readonly string[][],
): Promise<string[]> {
  const made: string[] = [];
  for (const columns of await missingIndexes(session, oid, wanted)) {
    const name = indexName(relation, columns);
    await session.execute(`create index ${quoteIdent(name)} on ${quoteRelation(relation)} ${keyOf(columns)}`);
    made.push(name);
  }
  return made;
}

export function keyOf(columns: readonly string[]): string {
  return `(${columns.map(quoteIdent).join(', ')})`;
}
