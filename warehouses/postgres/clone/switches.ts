import { notOfExtension, ifKnown, publishedSchemas, madeTrigger } from '../fingerprint/fragments';
import type { Reader } from './reader';
import { copyRole } from './reader';

const table = `nsp.name || '.' || quote_ident(c.relname)`;
const onTable = (oid: string): string =>
  `join pg_class c on c.oid = ${oid} join nsp on nsp.oid = c.relnamespace`;
const ofUser = notOfExtension('pg_class', 'c.oid');
const state = (letter: string): string =>
  `case ${letter} when 'D' then 'disable' when 'R' then 'enable replica' when 'A' then 'enable always' else 'enable' end`;

/** What is switched on, off or over on a table once all of it is there. */
export const TABLE_SWITCHES: Reader = {
  sql: `select 'pg_class:' || c.oid as address, '{}'::text[] as aliases, 'settings of ' || ${table} as label, array_remove(array[
        case when c.relrowsecurity then format('alter table %s enable row level security', ${table}) end,
        case when c.relforcerowsecurity then format('alter table %s force row level security', ${table}) end,
        case when c.relreplident <> 'd' and c.relkind <> 'v' then format('alter table %s replica identity %s', ${table},
          case c.relreplident when 'f' then 'full' when 'n' then 'nothing' else 'using index '
            || (select quote_ident(ic.relname) from pg_index i join pg_class ic on ic.oid = i.indexrelid
                where i.indrelid = c.oid and i.indisreplident) end) end,
        (select format('alter table %s cluster on %I', ${table}, ic.relname) from pg_index i
          join pg_class ic on ic.oid = i.indexrelid where i.indrelid = c.oid and i.indisclustered),
        case when c.reltablespace <> 0 and c.relkind in ('r', 'm') then format('alter table %s set tablespace %I', ${table},
          (select spcname from pg_tablespace where oid = c.reltablespace)) end]
        || array(select format('alter index %s set tablespace %I', i.indexrelid::regclass, spc.spcname)
            from pg_index i join pg_class ic on ic.oid = i.indexrelid join pg_tablespace spc on spc.oid = ic.reltablespace
            where i.indrelid = c.oid and ic.relkind = 'i')
        || array(select format('alter table %s %s trigger %I', ${table}, ${state('g.tgenabled')}, g.tgname)
            from pg_trigger g where g.tgrelid = c.oid and ${madeTrigger('g')} and g.tgenabled <> 'O' order by g.tgname)
        || array(select format('alter table %s %s rule %I', ${table}, ${state('r.ev_enabled')}, r.rulename)
            from pg_rewrite r where r.ev_class = c.oid and r.ev_enabled <> 'O' order by r.rulename), null) as statements
    from pg_class c join nsp on nsp.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm', 'v') and ${ofUser}
      and (c.relrowsecurity or c.relforcerowsecurity or c.relreplident <> 'd' and c.relkind <> 'v' or c.reltablespace <> 0
        or exists (select from pg_trigger g where g.tgrelid = c.oid and ${madeTrigger('g')} and g.tgenabled <> 'O')
        or exists (select from pg_rewrite r where r.ev_class = c.oid and r.ev_enabled <> 'O')
        or exists (select from pg_index i join pg_class ic on ic.oid = i.indexrelid
            where i.indrelid = c.oid and (i.indisclustered or ic.reltablespace <> 0)))
    order by 3`,
};

/**
 * The triggers behind a foreign key, when somebody has switched off ALL triggers of a table. Their names carry oids,
 * so they are looked up in the copy. Every name goes through a literal: the administrator runs this.
 */
export const CONSTRAINT_TRIGGER_SWITCHES: Reader = {
  sql: `select 'pg_trigger:' || g.oid as address, '{}'::text[] as aliases, 'triggers of ' || ${table} as label,
      array[format('do %L', format('declare t name; begin
        for t in select g.tgname from pg_trigger g join pg_constraint k on k.oid = g.tgconstraint
          where g.tgrelid = %1$L::regclass and k.conname = %2$L and g.tgtype = %3$s loop
          execute format(''alter table %%s %4$s trigger %%I'', %1$L::regclass, t);
        end loop; end', ${table}, k.conname, g.tgtype, ${state('g.tgenabled')}))] as statements
    from pg_trigger g ${onTable('g.tgrelid')} join pg_constraint k on k.oid = g.tgconstraint
    where g.tgisinternal and g.tgparentid = 0 and g.tgenabled <> 'O' and ${ofUser} order by 3`,
};

export const DEFAULT_PRIVILEGES: Reader = {
  sql: `select 'pg_default_acl:' || a.oid as address, '{}'::text[] as aliases, 'default privileges' as label,
      case when a.defaclnamespace = 0 then array[format('alter default privileges for role %s revoke all on %s from public, %s',
        ${copyRole('a.defaclrole')}, words.word, ${copyRole('a.defaclrole')})] else '{}' end
      || array(select format('alter default privileges for role %s%s grant %s on %s to %s%s', ${copyRole('a.defaclrole')},
          (select ' in schema ' || name from nsp where nsp.oid = a.defaclnamespace), lower(x.privilege_type), words.word,
          case when x.grantee = 0 then 'public' else ${copyRole('x.grantee')} end,
          case when x.is_grantable then ' with grant option' end) from aclexplode(a.defaclacl) x) as statements
    from pg_default_acl a join (values ('r', 'tables'), ('S', 'sequences'), ('f', 'routines'), ('T', 'types'), ('n', 'schemas'),
        ('L', 'large objects')) as words (letter, word) on words.letter = a.defaclobjtype::text
    where a.defaclnamespace = 0 or a.defaclnamespace in (select oid from nsp) order by a.oid`,
};

/** Nobody subscribes to a shadow: a publication in it sends nothing anywhere. */
export const PUBLICATIONS: Reader = {
  sql: `select 'pg_publication:' || p.oid as address, '{}'::text[] as aliases, 'publication ' || quote_ident(p.pubname) as label,
      array[format('create publication %I%s with (publish = %L, publish_via_partition_root = %L%s)', p.pubname,
          case when p.puballtables then ' for all tables' end,
          concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
            case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end), p.pubviaroot::text,
          ', publish_generated_columns = ' || case to_jsonb(p) ->> 'pubgencols' when 's' then 'stored' when 'n' then 'none' end)]
      || array(select format('alter publication %I add %s', p.pubname, member) from (
          select format('table %s%s%s', m.prrelid::regclass, (select ' (' || string_agg(quote_ident(attname), ', ') || ')'
              from pg_attribute where attrelid = m.prrelid and attnum = any(${ifKnown('m', 'prattrs', 'int2vector')}::int2[])),
            ' where (' || pg_get_expr(${ifKnown('m', 'prqual', 'pg_node_tree')}, m.prrelid) || ')') as member
            from pg_publication_rel m where m.prpubid = p.oid
          union all
          select 'tables in schema ' || s.oid::regnamespace from ${publishedSchemas('p.oid')} s) as members)
      || format('alter publication %I owner to %s', p.pubname, ${copyRole('p.pubowner')}) as statements
    from pg_publication p where ${notOfExtension('pg_publication', 'p.oid')} order by 3`,
};
