import { quoteIdent, quoteLiteral } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import { grantStatements, rightsOf, type Right } from './privileges';

/** All that a column is, apart from its rows and from what is attached to it (constraints, indexes, sequences). */
export interface Column {
  num: number;
  name: string;
  /** Written out, with its schema where it is not the system's. */
  type: string;
  /** Quoted, where it is not the type's own. */
  collation: string | null;
  notNull: boolean;
  /** DEFAULT or GENERATED expression. */
  expression: string | null;
  /** `s` stored, `v` virtual, empty: not generated. */
  generated: string;
  /** `a` always, `d` by default, empty: no identity. */
  identity: string;
  storage: string | null;
  compression: string | null;
  statistics: number | null;
  options: string[] | null;
  rights: Right[] | null;
  comment: string | null;
  /** Average bytes of a value by the statistics, NULLs counted as nothing; 0 where there are none. */
  width: number;
}

const STORAGE: Record<string, string> = { p: 'plain', e: 'external', x: 'extended', m: 'main' };
const COMPRESSION: Record<string, string> = { p: 'pglz', l: 'lz4' };

/** The live columns in order. Call it within `withCatalogueSettings`, so that names are written out. */
export async function tableColumns(session: ReadSession, oid: string): Promise<Column[]> {
  const rows = await session.query<Omit<Column, 'width'> & { width: number | null }>(
    `select a.attnum::int as num, a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type,
       case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end as collation,
       a.attnotnull as "notNull", pg_get_expr(f.adbin, f.adrelid) as expression,
       a.attgenerated::text as generated, a.attidentity::text as identity,
       case when a.attstorage <> t.typstorage then a.attstorage::text end as storage,
       nullif(a.attcompression::text, '') as compression, nullif(a.attstattarget, -1)::int as statistics,
       a.attoptions as options, ${rightsOf('a.attacl')} as rights,
       col_description(a.attrelid, a.attnum) as comment,
       (select (s.avg_width * (1 - s.null_frac))::float8
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
          join pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname
         where c.oid = $1::oid and s.attname = a.attname
            and s.inherited = (c.relkind = 'p')) as width
     from pg_attribute a join pg_type t on t.oid = a.atttypid
     left join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
     where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
     order by a.attnum`,
    [oid],
  );
  return rows.map((row) => ({ ...row, width: row.width ?? 0 }));
}

/** `add column`: what must be there before values are put in. */
export function addColumn(table: string, column: Column): string[] {
  const name = quoteIdent(column.name);
  const collate = column.collation === null ? '' : ` collate ${column.collation}`;
  const kind = column.generated === 'v' ? 'virtual' : 'stored';
  const generated = column.generated === '' ? '' : ` generated always as (${column.expression}) ${kind}`;
  const statements = [`alter table ${table} add column ${name} ${column.type}${collate}${generated}`];
  return [...statements, ...storageOf(table, column)];
}

/** How values are kept on disk, where it is not what the type does by itself. */
export function storageOf(table: string, column: Column): string[] {
  const name = quoteIdent(column.name);
  const statements: string[] = [];
  const storage = STORAGE[column.storage ?? ''];
  if (storage) statements.push(`alter table ${table} alter column ${name} set storage ${storage}`);
  const compression = COMPRESSION[column.compression ?? ''];
  if (compression)
    statements.push(`alter table ${table} alter column ${name} set compression ${compression}`);
  return statements;
}

/** `set default`, or `drop default`. Nothing for a generated or an identity column. */
export function defaultOf(table: string, column: Column): string[] {
  if (column.generated !== '' || column.identity !== '') return [];
  const how = column.expression === null ? 'drop default' : `set default ${column.expression}`;
  return [`alter table ${table} alter column ${quoteIdent(column.name)} ${how}`];
}

/** What a column has besides type, values and default: statistics target, options, comment, rights. */
export function columnExtras(table: string, owner: string, column: Column): string[] {
  const name = quoteIdent(column.name);
  const statements: string[] = [];
  if (column.statistics !== null) {
    statements.push(`alter table ${table} alter column ${name} set statistics ${column.statistics}`);
  }
  if (column.options !== null) {
    statements.push(`alter table ${table} alter column ${name} set (${column.options.join(', ')})`);
  }
  if (column.comment !== null) {
    statements.push(`comment on column ${table}.${name} is ${quoteLiteral(column.comment)}`);
  }
  return [...statements, ...grantStatements(`table ${table}`, owner, column.rights, column.name)];
}
