import { FIRST_USER_OID, notOfExtension } from './fragments';

/** Catalogues whose system objects have privileges: ACL, and the schema they must be in to count (they are not all in one). */
const WITH_ACL: readonly { catalogue: string; acl: string; system: string }[] = [
  { catalogue: 'pg_class', acl: 'relacl', system: `o.relnamespace = 'pg_catalog'::regnamespace` },
  { catalogue: 'pg_proc', acl: 'proacl', system: `o.pronamespace = 'pg_catalog'::regnamespace` },
  { catalogue: 'pg_type', acl: 'typacl', system: `o.typnamespace = 'pg_catalog'::regnamespace` },
  { catalogue: 'pg_language', acl: 'lanacl', system: 'true' },
  { catalogue: 'pg_namespace', acl: 'nspacl', system: `o.nspname = 'pg_catalog'` },
];

/** Privileges of system objects and of what extensions brought, where somebody changed what was there at first. */
const changedAcls = WITH_ACL.map(
  ({ catalogue, acl, system }) => `exists (select from ${catalogue} o
    left join pg_init_privs i on i.classoid = '${catalogue}'::regclass and i.objoid = o.oid and i.objsubid = 0
    where o.${acl} is distinct from i.initprivs
      and (o.oid < ${FIRST_USER_OID} and ${system} or not (${notOfExtension(catalogue, 'o.oid')})))`,
).join(' or ');

const inSystemSchema = ['pg_class.relnamespace', 'pg_proc.pronamespace', 'pg_type.typnamespace']
  .map((column) => column.split('.') as [string, string])
  .map(
    ([catalogue, column]) => `exists (select from ${catalogue} o
      where o.oid >= ${FIRST_USER_OID} and ${column} in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        and ${notOfExtension(catalogue, 'o.oid')})`,
  )
  .join(' or ');

/** Object classes that the fingerprint does not cover, each with the condition under which the database has some. */
const PROBES: readonly [what: string, condition: string][] = [
  ['large objects', 'exists (select from pg_largeobject_metadata)'],
  ['security labels', 'exists (select from pg_seclabel)'],
  ['options of user mappings', 'exists (select from pg_user_mappings)'],
  [
    'subscriptions',
    `exists (select from pg_subscription s
       where s.subdbid = (select oid from pg_database where datname = current_database()))`,
  ],
  ['objects made in system schemas', inSystemSchema],
  ['changed privileges of system objects or of objects of an extension', changedAcls],
];

/** Needs the common table `ext`. */
export const UNCOVERED = PROBES.map(
  ([what, condition]) => `select '${what}' as what where ${condition}`,
).join('\n union all ');
