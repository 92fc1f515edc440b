/**
 * Pieces of catalogue SQL that the branches of the fingerprint share. All of it runs with `search_path = pg_catalog`,
 * so that every name that is not a system one is printed with its schema.
 */

/** Oids below this are the system's own (FirstNormalObjectId in access/transam.h). */
export const FIRST_USER_OID = 16384;

/** Schemas that are no part of a user's structure: the system's, Sluice's ledger, and what a shadow remembers. */
export const OWN_SCHEMAS = ['sluice', 'sluice_shadow'];

/** Common tables: `nsp` the user's schemas, `ext` what belongs to an extension (fingerprinted by name and version). */
export const COMMON = `
  nsp as materialized (
    select oid, nspname, quote_ident(nspname) as name from pg_namespace
    where nspname !~ '^pg_' and nspname <> 'information_schema'
      and nspname not in (${OWN_SCHEMAS.map((name) => `'${name}'`).join(', ')})),
  ext as materialized (select classid, objid from pg_depend where deptype = 'e')`;

/** `not exists` of an extension's claim on an object. */
export const notOfExtension = (catalogue: string, oid: string): string =>
  `not exists (select from ext where ext.classid = '${catalogue}'::regclass and ext.objid = ${oid})`;

/** A role's name; the one called $1 goes by the name $2. */
export const roleName = (oid: string): string =>
  `(case pg_get_userbyid(${oid}) when $1 then $2 else pg_get_userbyid(${oid})::text end)`;

/** Join of an object's comment as `<alias>.description`. */
export const comment = (alias: string, catalogue: string, oid: string, sub = '0'): string =>
  `left join pg_description ${alias} on ${alias}.objoid = ${oid}
     and ${alias}.classoid = '${catalogue}'::regclass and ${alias}.objsubid = ${sub}`;

/** Every single right in an ACL, in one order whatever the order it was granted in; empty text for an empty ACL. */
export const rights = (acl: string): string => `coalesce((
    select string_agg(one, ', ' order by one collate "C") from (
      select format('%s %s%s by %s', case when x.grantee <> 0 then ${roleName('x.grantee')} else 'PUBLIC' end,
        lower(x.privilege_type), case when x.is_grantable then ' +' end, ${roleName('x.grantor')}) as one
      from aclexplode(${acl}) x) as every), '')`;

/**
 * The privileges of an object, NULL when they are the default ones: an ACL that was never touched and one that was
 * granted and revoked again differ in the catalogue, but not in what anybody may do.
 * `kind` is the first argument of `acldefault`, as SQL.
 */
export const privileges = (acl: string, kind: string, owner: string): string => {
  const standard = `acldefault(${kind}, ${owner})`;
  return `case when ${acl} is null then null
    when cardinality(${acl}) <> cardinality(${standard}) then ${rights(acl)}
    else nullif(${rights(acl)}, ${rights(standard)}) end`;
};

/** Options such as `{fillfactor=70,autovacuum_enabled=false}`, sorted. */
export const options = (array: string): string =>
  `case when ${array} is not null then (select array_agg(o order by o collate "C") from unnest(${array}) o) end`;

/** One branch: lines of `class`, `identity`, `definition` (the text of a record: NULL and '' differ, nothing runs together). */
export interface Branch {
  class: string;
  identity: string;
  /** Expressions of the record. */
  definition: string[];
  from: string;
}

/** `extra` are further result columns, e.g. what to group by. */
export function branchSql(branch: Branch, extra = ''): string {
  return `select '${branch.class}' as class, ${branch.identity} as identity,
    row(${branch.definition.join(', ')})::text as definition${extra && `, ${extra}`}
  from ${branch.from}`;
}
