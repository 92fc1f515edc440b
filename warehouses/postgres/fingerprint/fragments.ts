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

/**
 * A column of the catalogue that older majors do not have: NULL there. Unqualified, the name is found in the row where
 * the row has it, and else in the query around it.
 */
export const ifKnown = (row: string, column: string, type = 'text'): string =>
  `(select (select ${column} from (select ${row}.*) known) from (select null::${type} as ${column}) otherwise)`;

/** A trigger that somebody made, also as a partition's copy of its parent's: before version 15 such a copy is internal. */
export const madeTrigger = (trigger: string): string =>
  `(not ${trigger}.tgisinternal or ${trigger}.tgparentid <> 0 and ${trigger}.tgconstraint = 0)`;

/** Schemas all of whose tables a publication has, as oids: from what depends on what, for 14 has no catalogue of them. */
export const publishedSchemas = (publication: string): string => `(
    select of_schema.refobjid as oid from pg_depend of_schema join pg_depend of_publication
       on of_publication.classid = of_schema.classid and of_publication.objid = of_schema.objid
     where of_schema.classid = to_regclass('pg_catalog.pg_publication_namespace') and of_schema.refclassid = 'pg_namespace'::regclass
       and of_publication.refclassid = 'pg_publication'::regclass and of_publication.refobjid = ${publication})`;

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
