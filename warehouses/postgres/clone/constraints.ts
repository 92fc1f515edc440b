import { notOfExtension } from '../fingerprint/fragments';
import type { Reader } from './reader';
import { copyRole } from './reader';

const table = `nsp.name || '.' || quote_ident(c.relname)`;
const onTable = (oid: string): string =>
  `join pg_class c on c.oid = ${oid} join nsp on nsp.oid = c.relnamespace`;
const ofUser = notOfExtension('pg_class', 'c.oid');

/**
 * Keys and exclusions stand on every partition of its own (their indexes are attached afterwards); a CHECK is added
 * where it is declared and goes down by inheritance.
 */
export const CONSTRAINTS: Reader = {
  sql: `select 'pg_constraint:' || k.oid as address,
      array_remove(array[case when k.contype in ('p', 'u', 'x') then 'pg_class:' || k.conindid end], null) as aliases,
      format('constraint %s.%I', ${table}, k.conname) as label,
      array_remove(array[
        format('alter table %s%s add constraint %I %s', case when k.contype in ('p', 'u', 'x') then 'only ' end,
          ${table}, k.conname, pg_get_constraintdef(k.oid)),
        (select format('alter index %s set (%s)', i.oid::regclass, array_to_string(i.reloptions, ', '))
         from pg_class i where k.contype in ('p', 'u', 'x') and i.oid = k.conindid and i.reloptions is not null)
      ], null) as statements
    from pg_constraint k ${onTable('k.conrelid')}
    where (k.contype in ('p', 'u', 'x') or k.contype = 'c' and k.conislocal
        or k.contype = 'n' and not k.convalidated and k.conislocal) and ${ofUser}
    order by 3`,
};

/** Made last: only then are the keys that they refer to complete, on partitions too. */
export const FOREIGN_KEYS: Reader = {
  sql: `select 'pg_constraint:' || k.oid as address, '{}'::text[] as aliases,
      format('constraint %s.%I', ${table}, k.conname) as label,
      array[format('alter table %s add constraint %I %s', ${table}, k.conname, pg_get_constraintdef(k.oid))] as statements
    from pg_constraint k ${onTable('k.conrelid')}
    where k.contype = 'f' and k.conparentid = 0 and ${ofUser} order by 3`,
};

/**
 * A NOT VALID constraint goes down to children that are already there as NOT VALID, but one made afterwards has it as
 * a valid one; here all children are there first.
 */
export const VALIDATIONS: Reader = {
  sql: `select 'validated:' || k.oid as address, '{}'::text[] as aliases,
      format('constraint %s.%I', ${table}, k.conname) as label,
      array[format('alter table %s validate constraint %I', ${table}, k.conname)] as statements
    from pg_constraint k ${onTable('k.conrelid')}
    where k.contype in ('c', 'n') and k.convalidated and k.coninhcount > 0 and ${ofUser} and exists (
      select from pg_inherits i join pg_constraint up on up.conrelid = i.inhparent and up.contype = k.contype
      where i.inhrelid = k.conrelid and not up.convalidated and not up.connoinherit
        and (k.contype = 'c' and up.conname = k.conname or k.contype = 'n' and
          (select attname from pg_attribute where attrelid = up.conrelid and attnum = up.conkey[1])
            = (select attname from pg_attribute where attrelid = k.conrelid and attnum = k.conkey[1])))
    order by 3`,
};

export const INDEXES: Reader = {
  sql: `select 'pg_class:' || i.indexrelid as address, '{}'::text[] as aliases,
      'index ' || i.indexrelid::regclass as label,
      array[pg_get_indexdef(i.indexrelid)] || array(
        select format('alter index %s alter column %s set statistics %s', i.indexrelid::regclass, a.attnum, a.attstattarget)
        from pg_attribute a where a.attrelid = i.indexrelid and a.attstattarget >= 0 order by a.attnum) as statements
    from pg_index i ${onTable('i.indrelid')}
    where ${ofUser} and not exists (
      select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x') and k.conrelid = i.indrelid)
    order by 3`,
};

/** Indexes of partitions become parts of those of their parents. */
export const INDEX_ATTACHMENTS: Reader = {
  sql: `select 'attach:' || inh.inhrelid as address, '{}'::text[] as aliases,
      'index ' || inh.inhrelid::regclass as label,
      array[format('alter index %s attach partition %s', inh.inhparent::regclass, inh.inhrelid::regclass)] as statements
    from pg_inherits inh ${onTable('inh.inhrelid')} where c.relkind in ('i', 'I') and ${ofUser} order by 3`,
};

export const TRIGGERS: Reader = {
  sql: `select 'pg_trigger:' || g.oid as address, '{}'::text[] as aliases,
      format('trigger %s.%I', ${table}, g.tgname) as label, array[pg_get_triggerdef(g.oid)] as statements
    from pg_trigger g ${onTable('g.tgrelid')}
    where not g.tgisinternal and g.tgparentid = 0 and ${ofUser} order by 3`,
};

export const RULES: Reader = {
  sql: `select 'pg_rewrite:' || r.oid as address, '{}'::text[] as aliases,
      format('rule %s.%I', ${table}, r.rulename) as label, array[pg_get_ruledef(r.oid)] as statements
    from pg_rewrite r ${onTable('r.ev_class')} where r.rulename <> '_RETURN' and ${ofUser} order by 3`,
};

export const POLICIES: Reader = {
  sql: `select 'pg_policy:' || p.oid as address, '{}'::text[] as aliases,
      format('policy %s.%I', ${table}, p.polname) as label,
      array[format('create policy %I on %s as %s for %s to %s%s%s', p.polname, ${table},
        case when p.polpermissive then 'permissive' else 'restrictive' end,
        case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
        (select string_agg(case when member = 0 then 'public' else ${copyRole('member')} end, ', ') from unnest(p.polroles) member),
        ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
        ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')] as statements
    from pg_policy p ${onTable('p.polrelid')} where ${ofUser} order by 3`,
};

export const STATISTICS: Reader = {
  sql: `select 'pg_statistic_ext:' || s.oid as address, '{}'::text[] as aliases,
      format('statistics %s.%I', s.stxnamespace::regnamespace, s.stxname) as label,
      array_remove(array[pg_get_statisticsobjdef(s.oid), case when s.stxstattarget >= 0 then
        format('alter statistics %s.%I set statistics %s', s.stxnamespace::regnamespace, s.stxname, s.stxstattarget) end
      ], null) as statements
    from pg_statistic_ext s ${onTable('s.stxrelid')} where ${ofUser} order by 3`,
};
