import { FIRST_USER_OID, OWN_SCHEMAS } from '../fingerprint/fragments';
import type { Reader } from './reader';
import { copyRole, list } from './reader';

/**
 * Everything that has an owner and privileges: the word for it in ALTER and in GRANT (NULL: has none), its name, owner,
 * ACL, and the letter that `acldefault` knows it by.
 */
const OWNED = `owned as (
  select 'schema' as word, 'schema' as grant_word, nsp.name, n.nspowner as owner, n.nspacl as acl, 'n'::"char" as letter,
      n.oid as address, 'pg_namespace'::regclass as catalogue
    from pg_namespace n join nsp on nsp.oid = n.oid
  union all
  select case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' else 'table' end,
      case c.relkind when 'S' then 'sequence' else 'table' end, nsp.name || '.' || quote_ident(c.relname), c.relowner,
      c.relacl, case c.relkind when 'S' then 's' else 'r' end::"char", c.oid, 'pg_class'::regclass
    from pg_class c join nsp on nsp.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'S')
  union all
  select 'routine', 'routine', p.oid::regprocedure::text, p.proowner, p.proacl, 'f', p.oid, 'pg_proc'::regclass
    from pg_proc p join nsp on nsp.oid = p.pronamespace
  union all
  select 'type', 'type', nsp.name || '.' || quote_ident(t.typname), t.typowner, t.typacl, 'T', t.oid, 'pg_type'::regclass
    from pg_type t join nsp on nsp.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
    where t.typtype in ('d', 'e', 'r') or c.relkind = 'c'
  union all
  select 'collation', null, nsp.name || '.' || quote_ident(c.collname), c.collowner, null, null, c.oid, 'pg_collation'::regclass
    from pg_collation c join nsp on nsp.oid = c.collnamespace
  union all
  select 'operator', null, nsp.name || '.' || o.oprname || ' (' || coalesce(nullif(o.oprleft, 0)::regtype::text, 'none')
      || ', ' || o.oprright::regtype || ')', o.oprowner, null, null, o.oid, 'pg_operator'::regclass
    from pg_operator o join nsp on nsp.oid = o.oprnamespace
  union all
  select 'statistics', null, nsp.name || '.' || quote_ident(s.stxname), s.stxowner, null, null, s.oid, 'pg_statistic_ext'::regclass
    from pg_statistic_ext s join nsp on nsp.oid = s.stxnamespace
  union all
  select 'text search dictionary', null, nsp.name || '.' || quote_ident(d.dictname), d.dictowner, null, null, d.oid, 'pg_ts_dict'::regclass
    from pg_ts_dict d join nsp on nsp.oid = d.dictnamespace
  union all
  select 'text search configuration', null, nsp.name || '.' || quote_ident(c.cfgname), c.cfgowner, null, null, c.oid, 'pg_ts_config'::regclass
    from pg_ts_config c join nsp on nsp.oid = c.cfgnamespace),
mine as (select * from owned where not exists (
  select from ext where ext.classid = owned.catalogue and ext.objid = owned.address))`;

/**
 * A SECURITY DEFINER function acts with its owner's rights, and in a shadow that must be nobody else's than the
 * rehearsal's: a statement that nobody has approved yet may call it.
 */
const actsForOthers = `mine.catalogue = 'pg_proc'::regclass and exists (
  select from pg_proc p where p.oid = mine.address and p.prosecdef)`;

/** What the copy's role keeps is not mentioned. A sequence that belongs to a column follows its table. */
export const OWNERS: Reader = {
  sql: `, ${OWNED}
    select mine.catalogue || ':' || mine.address as address, '{}'::text[] as aliases, word || ' ' || name as label,
      array[format('alter %s %s owner to %s', word, name, quote_ident(pg_get_userbyid(owner)))] as statements
    from mine where pg_get_userbyid(owner) <> $1 and not (${actsForOthers})
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = mine.address
        and mine.catalogue = 'pg_class'::regclass and d.deptype in ('a', 'i') and d.refobjsubid > 0 and word = 'sequence')
    order by 3`,
};

/** Rights are granted in the owner's name first, then by those who had them from the owner. */
const grants = (acl: string, owner: string, word: string, name: string, column: string): string => `array(
  select format('%sgrant %s on %s %s to %s%s%s', 'set role ' || by_other || '; ', rights, ${word}, ${name}, grantee,
      case when is_grantable then ' with grant option' end, case when by_other is not null then '; reset role' end)
  from (select string_agg(lower(x.privilege_type)${column}, ', ' order by x.privilege_type) as rights, x.is_grantable,
      case when x.grantee = 0 then 'public' else ${copyRole('x.grantee')} end as grantee,
      case when x.grantor <> ${owner} then ${copyRole('x.grantor')} end as by_other
    from aclexplode(${acl}) x group by x.grantee, x.grantor, x.is_grantable) as per_role
  order by by_other nulls first, grantee, is_grantable)`;

export const PRIVILEGES: Reader = {
  sql: `, ${OWNED}
    select catalogue || ':' || address as address, '{}'::text[] as aliases, 'privileges of ' || word || ' ' || name as label,
      array[format('revoke all on %s %s from public, %s', grant_word, name, ${copyRole('owner')})]
        || ${grants('acl', 'owner', 'grant_word', 'name', '')} as statements
    from mine where acl is not null
    union all
    select 'pg_class:' || a.attrelid, '{}', format('privileges of %s.%I', name, a.attname),
      ${grants('a.attacl', 'owner', `'table'`, 'name', ` || ' (' || quote_ident(a.attname) || ')'`)}
    from mine join pg_attribute a on a.attrelid = mine.address and mine.catalogue = 'pg_class'::regclass
      and a.attacl is not null and not a.attisdropped
    order by 3`,
};

/** An identity in \`pg_identify_object\` is what COMMENT takes, but for the word before it. */
const commentWord = `case identified.type when 'table column' then 'column' when 'view column' then 'column'
  when 'materialized view column' then 'column' when 'composite type column' then 'column'
  when 'table constraint' then 'constraint' when 'domain constraint' then 'constraint'
  when 'statistics object' then 'statistics' when 'composite type' then 'type' else identified.type end`;

export const COMMENTS: Reader = {
  sql: `select d.classoid::regclass || ':' || d.objoid as address, '{}'::text[] as aliases,
      'comment on ' || identified.type || ' ' || identified.identity as label,
      array[format('comment on %s %s is %L', ${commentWord},
        case identified.type when 'domain constraint'
          then regexp_replace(identified.identity, '^("(?:[^"]|"")*"|[^ ]+) on ', '\\1 on domain ') else identified.identity end,
        d.description)] as statements
    from pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) as identified
    where (d.objoid >= ${FIRST_USER_OID} or d.classoid = 'pg_namespace'::regclass and d.objoid = 'public'::regnamespace)
      and coalesce(identified.schema, '') not in (${list(OWN_SCHEMAS)})
      and not (identified.type = 'schema' and identified.name in (${list(OWN_SCHEMAS)}))
      and not exists (select from ext where ext.classid = d.classoid and ext.objid = d.objoid)
    order by 3`,
};
