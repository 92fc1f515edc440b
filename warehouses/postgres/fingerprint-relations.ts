import type { RelationName } from '../../schemas/change';
import { normaliseRelation, relationName, splitRelation } from '../../sql/quote';
import type { FingerprintRelations } from '../warehouse';
import { withCatalogueSettings } from './catalogue-settings';
import { aliasOf } from './fingerprint';
import { branchSql, comment, privileges, roleName } from './fingerprint/fragments';
import { OBJECT_BRANCHES } from './fingerprint/object-branches';
import { RELATION_BRANCHES } from './fingerprint/relation-branches';

/** Membership in a publication is the publication's business: it says nothing about the relation. */
const BRANCHES = RELATION_BRANCHES.filter((branch) => branch.class !== 'published relation');

/** $3 and $4: schemas and names, in step. One row for each of them that exists. */
const RELATIONS_SQL = `
  with rel as materialized (
    select c.*, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name, n.nspname as schema
    from unnest($3::name[], $4::name[]) as wanted (schema, name)
      join pg_namespace n on n.nspname = wanted.schema
      join pg_class c on c.relnamespace = n.oid and c.relname = wanted.name),
  line as (${BRANCHES.map((branch) => branchSql(branch, 'rel.oid as rel')).join('\n union all ')})
  select rel.schema, rel.relname as name, rel.relkind::text as kind,
    encode(sha256(convert_to(string_agg(text, e'\\n' order by text collate "C"), 'UTF8')), 'hex') as hash
  from rel join (select rel, row(class, identity, definition)::text as text from line) as texts on texts.rel = rel.oid
  group by 1, 2, 3`;

/** $3: schemas. Their own line only: what is in them has names of its own. */
const SCHEMAS_SQL = `
  select n.nspname as name,
    encode(sha256(convert_to(row(n.nspname, ${roleName('n.nspowner')},
      ${privileges('n.nspacl', `'n'`, 'n.nspowner')}, d.description)::text, 'UTF8')), 'hex') as hash
  from pg_namespace n ${comment('d', 'pg_namespace', 'n.oid')} where n.nspname = any($3::name[])`;

/** What an object of another kind is: its own branches of the whole structure's fingerprint, by schema and name. */
const OBJECTS = OBJECT_BRANCHES.filter(({ class: kind }) =>
  ['function', 'type', 'domain constraint'].includes(kind),
);
const NAMED_BY: Record<string, string> = {
  function: `p.proname || '()'`,
  type: 't.typname',
  'domain constraint': 't.typname',
};

/** $3 and $4: schemas and names, in step. All functions of a name are one (`name()`), and so are a type's parts. */
const OBJECTS_SQL = `
  with wanted as materialized (select * from unnest($3::name[], $4::text[]) as w (schema, name)),
  nsp as materialized (
    select oid, nspname, quote_ident(nspname) as name from pg_namespace where nspname in (select schema from wanted)),
  ext as materialized (select classid, objid from pg_depend where deptype = 'e'),
  line as (${OBJECTS.map((branch) => {
    const named = NAMED_BY[branch.class]!;
    const from = `${branch.from} and (nsp.nspname, ${named}) in (select schema, name from wanted)`;
    return branchSql({ ...branch, from }, `nsp.nspname as schema, (${named})::text as named`);
  }).join('\n union all ')})
  select schema, named as name,
    encode(sha256(convert_to(string_agg(text, e'\\n' order by text collate "C"), 'UTF8')), 'hex') as hash
  from (select schema, named, row(class, identity, definition)::text as text from line) as texts group by 1, 2`;

const ABSENT = 'absent';

/**
 * Structure, owner, privileges and comments of single relations, each as a SHA-256 hex, or `absent`. `schema.*`
 * stands for the schema alone, without what is in it; `schema.name()` for the functions of a name, and the name of a
 * type for the type. Three statements at most, a few milliseconds, within the caller's
 * transaction: what that has changed is seen. In a shadow its owner goes by the live owner's name.
 */
export const fingerprintRelations: FingerprintRelations = async (session, relations) => {
  if (relations.length === 0) return {};
  const wanted = relations.map((relation) => ({ relation, ...splitRelation(relation) }));
  const schemas = wanted.filter(({ name }) => name === '*').map(({ schema }) => schema);
  const named = wanted.filter(({ name }) => name !== '*');
  const found = new Map<RelationName, string>();
  await withCatalogueSettings(session, async () => {
    if (named.length > 0) {
      const rows = await session.query<{ schema: string; name: string; kind: string; hash: string }>(
        RELATIONS_SQL,
        [...aliasOf(session), named.map(({ schema }) => schema), named.map(({ name }) => name)],
      );
      for (const { schema, name, hash } of rows) found.set(relationName(schema, name), hash);
      // What is no relation may be a function or a type; a composite type is both.
      const others = named.filter(({ schema, name }) => {
        const row = rows.find((each) => each.schema === schema && each.name === name);
        return row === undefined || row.kind === 'c';
      });
      if (others.length > 0) {
        const objects = await session.query<{ schema: string; name: string; hash: string }>(OBJECTS_SQL, [
          ...aliasOf(session),
          others.map(({ schema }) => schema),
          others.map(({ name }) => name),
        ]);
        for (const { schema, name, hash } of objects) {
          const whole = relationName(schema, name);
          found.set(whole, found.has(whole) ? `${found.get(whole)}${hash}` : hash);
        }
      }
    }
    if (schemas.length > 0) {
      const rows = await session.query<{ name: string; hash: string }>(SCHEMAS_SQL, [
        ...aliasOf(session),
        schemas,
      ]);
      for (const { name, hash } of rows) found.set(`${name}.*`, hash);
    }
  });
  return Object.fromEntries(
    relations.map((relation) => [relation, found.get(normaliseRelation(relation)) ?? ABSENT]),
  );
};
