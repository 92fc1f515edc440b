import { storedName } from '../../../sql/quote';
import type { RelationName } from '../../../schemas/change';

/** A foreign key that refers to a table whose rows a change takes away or changes. */
export interface IncomingKey {
  child: RelationName;
  parent: RelationName;
  childColumns: string[];
  parentColumns: string[];
  /** pg_constraint.confdeltype, confupdtype: `a` no action, `r` restrict, `c` cascade, `n` set null, `d` set default. */
  onDelete: string;
  onUpdate: string;
}

const columns = (table: string, numbers: string): string => `(select array_agg(a.attname::text order by o)
      from unnest(${numbers}) with ordinality as u (n, o) join pg_attribute a on a.attrelid = ${table} and a.attnum = u.n)`;

/** Foreign keys that refer to the tables $1, and to the tables whose rows those would take along or change, and so on. */
export const INCOMING_KEYS_SQL = `
  with recursive held as (
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${storedName('n.nspname', 'c.relname')} = any($1)
    union
    select k.conrelid from held join pg_constraint k on k.confrelid = held.oid and k.contype = 'f'
      and (k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd')))
  select ${storedName('cn.nspname', 'c.relname')} as child, ${storedName('pn.nspname', 'p.relname')} as parent,
    ${columns('k.conrelid', 'k.conkey')} as "childColumns", ${columns('k.confrelid', 'k.confkey')} as "parentColumns",
    k.confdeltype::text as "onDelete", k.confupdtype::text as "onUpdate"
  from held join pg_constraint k on k.confrelid = held.oid and k.contype = 'f' and k.conparentid = 0
    join pg_class c on c.oid = k.conrelid join pg_namespace cn on cn.oid = c.relnamespace
    join pg_class p on p.oid = k.confrelid join pg_namespace pn on pn.oid = p.relnamespace
  where to_jsonb(k) ->> 'conenforced' is distinct from 'false' and to_jsonb(k) ->> 'conperiod' is distinct from 'true'
    and cn.nspname <> 'sluice'
  order by cn.nspname collate "C", c.relname collate "C", k.conname collate "C"`;

/** A key that is still to be made, from $1 to $2 by the columns $3 and $4, as the keys that are there are described. */
export const NEW_KEY_SQL = `
  with named as (
    select c.oid as child, p.oid as parent, case when cardinality($4::text[]) > 0 then $4::text[]
        else (select array_agg(a.attname::text order by o) from pg_index i, unnest(i.indkey::int2[]) with ordinality as u (n, o)
          join pg_attribute a on a.attnum = u.n where i.indrelid = p.oid and a.attrelid = p.oid and i.indisprimary) end as refers
    from pg_class c join pg_namespace cn on cn.oid = c.relnamespace, pg_class p join pg_namespace pn on pn.oid = p.relnamespace
    where ${storedName('cn.nspname', 'c.relname')} = $1 and ${storedName('pn.nspname', 'p.relname')} = $2)
  select $1::text as child, $2::text as parent, $3::text[] as "childColumns", refers as "parentColumns",
    (select array_agg(format_type(a.atttypid, null) order by o) from unnest(refers) with ordinality as u (name, o)
      join pg_attribute a on a.attrelid = parent and a.attname = u.name and not a.attisdropped) as types,
    array(select a.attname::text from pg_attribute a where a.attrelid = child and a.attname = any($3::text[])
      and not a.attnotnull and a.attgenerated = '' order by a.attnum) as nullable
  from named where cardinality(refers) = cardinality($3::text[])
    and cardinality($3::text[]) = (select count(*) from pg_attribute where attrelid = child and attname = any($3::text[]) and not attisdropped)
    and cardinality(refers) = (select count(*) from pg_attribute where attrelid = parent and attname = any(refers) and not attisdropped)`;
