import { readAll, type Reader } from '../../../warehouses/postgres/clone/reader';
import { EXTENSIONS } from '../../../warehouses/postgres/clone/before';
import { MATERIALISED_VIEWS, SEQUENCES } from '../../../warehouses/postgres/clone/relations';
import { COMPOSITES, DOMAINS, ENUMS, FUNCTIONS, RANGES } from '../../../warehouses/postgres/clone/types';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { Found } from './address';
import { commentFacet, facetsSql, noRightsFacet, rightsFacets, type Facet, type FacetSql } from './facets';
import { relationFacets } from './relation-facets';

/** Everything that an object is. Call it within `withCatalogueSettings`, so that names are written out. */
export async function facetsOf(session: ReadSession, found: Found, positions: boolean): Promise<Facet[]> {
  const { oid, catalogue, kind } = found;
  const itself = await itselfOf(session, found);
  if (catalogue === 'pg_class') return [...itself, ...(await relationFacets(session, oid, positions))];
  const parts = await session.query<Facet>(PARTS[catalogue](kind), [oid]);
  return [...itself, ...parts];
}

/** The object itself, made as a shadow makes it. Tables, views and schemas have statements of their own. */
async function itselfOf(session: ReadSession, { oid, catalogue, kind }: Found): Promise<Facet[]> {
  const reader = READERS[`${catalogue} ${kind}`.trim()];
  if (!reader) return [];
  const address = `${catalogue}:${oid}`;
  const sql = `, object as (${reader.sql.startsWith(',') ? '' : reader.sql}) select * from object where address = '${address}'`;
  const [made] = await readAll(session, { sql }, ['', '']);
  const [unmake] = await session.query<{ state: string; drop: string }>(DROPS[catalogue]!, [oid]);
  return made
    ? [
        {
          key: '',
          state: unmake!.state,
          make: made.statements,
          unmake: [unmake!.drop],
          sets: false,
          of: null,
          with: null,
        },
      ]
    : [];
}

const READERS: Record<string, Reader> = {
  'pg_class S': SEQUENCES,
  'pg_class m': MATERIALISED_VIEWS,
  'pg_proc f': FUNCTIONS,
  'pg_proc p': FUNCTIONS,
  'pg_proc w': FUNCTIONS,
  'pg_type e': ENUMS,
  'pg_type d': DOMAINS,
  'pg_type c': COMPOSITES,
  'pg_type r': RANGES,
  pg_extension: EXTENSIONS,
};

/** `state` changes where the object can no longer be made what it was in place. */
const DROPS: Record<string, string> = {
  pg_class: `select '' as state, format('drop %s %s', case relkind when 'S' then 'sequence' else 'materialized view' end, oid::regclass) as drop
    from pg_class where oid = $1::oid`,
  // CREATE OR REPLACE can give a parameter a name or a default, but not take it away.
  pg_proc: `select pg_get_function_arguments(oid) as state, format('drop routine %s', oid::regprocedure) as drop from pg_proc where oid = $1::oid`,
  pg_type: `select '' as state, format('drop %s %s', case typtype when 'd' then 'domain' else 'type' end, oid::regtype) as drop
    from pg_type where oid = $1::oid`,
  pg_extension: `select extversion as state, format('drop extension %I', extname) as drop from pg_extension where oid = $1::oid`,
};

const FUNCTION_WITH = `o as (select p.*, p.oid::regprocedure::text as name, 'routine' as word from pg_proc p where p.oid = $1::oid)`;
const TYPE_WITH = `o as (select t.*, t.oid::regtype::text as name, case t.typtype when 'd' then 'domain' else 'type' end as word
  from pg_type t where t.oid = $1::oid)`;
const SCHEMA_WITH = `o as (select n.*, quote_ident(n.nspname) as name, 'schema' as word from pg_namespace n where n.oid = $1::oid)`;
const EXTENSION_WITH = `o as (select e.*, quote_ident(e.extname) as name, 'extension' as word from pg_extension e where e.oid = $1::oid)`;

const ownerFacet = (column: string): FacetSql => ({
  key: `'owner'`,
  state: `pg_get_userbyid(o.${column})`,
  make: `array[format('alter %s %s owner to %I', o.word, o.name, pg_get_userbyid(o.${column}))]`,
  sets: true,
  from: 'o',
});

const rights = (acl: string, owner: string, letter: string, word = 'o.word'): FacetSql[] => {
  const of = { acl: `o.${acl}`, owner: `o.${owner}`, word, name: 'o.name', from: 'o' };
  return [noRightsFacet(of), rightsFacets({ ...of, letter: `'${letter}'::"char"` })];
};

const comment = (catalogue: string): FacetSql =>
  commentFacet(`'comment'`, `o.word || ' ' || o.name`, `obj_description(o.oid, '${catalogue}')`, 'o');

const DOMAIN: readonly FacetSql[] = [
  {
    key: `'default'`,
    state: 'o.typdefault',
    make: `array[format('alter domain %s set default %s', o.name, pg_get_expr(o.typdefaultbin, 0))]`,
    unmake: `array[format('alter domain %s drop default', o.name)]`,
    sets: true,
    from: 'o where o.typdefaultbin is not null',
  },
  {
    // From version 17 on it is a constraint.
    key: `'not null'`,
    state: `'on'`,
    make: `array[format('alter domain %s set not null', o.name)]`,
    unmake: `array[format('alter domain %s drop not null', o.name)]`,
    from: `o where o.typnotnull and not exists (select from pg_constraint where contypid = o.oid and contype = 'n')`,
  },
  {
    key: `'constraint ' || k.conname`,
    state: 'pg_get_constraintdef(k.oid)',
    make: `array[format('alter domain %s add constraint %I %s', o.name, k.conname, pg_get_constraintdef(k.oid))]`,
    unmake: `array[format('alter domain %s drop constraint %I', o.name, k.conname)]`,
    from: 'o join pg_constraint k on k.contypid = o.oid',
  },
  commentFacet(
    `'constraint ' || k.conname || ' comment'`,
    `format('constraint %I on domain %s', k.conname, o.name)`,
    `obj_description(k.oid, 'pg_constraint')`,
    'o join pg_constraint k on k.contypid = o.oid',
  ),
];

const COMPOSITE: readonly FacetSql[] = [
  {
    key: `'attribute ' || a.attname`,
    state: 'row(format_type(a.atttypid, a.atttypmod), a.attcollation)',
    make: `'{}'`,
    unmake: `array[format('alter type %s drop attribute %I', o.name, a.attname)]`,
    from: 'o join pg_attribute a on a.attrelid = o.typrelid and a.attnum > 0 and not a.attisdropped',
  },
  commentFacet(
    `'attribute ' || a.attname || ' comment'`,
    `format('column %s.%I', o.name, a.attname)`,
    `col_description(a.attrelid, a.attnum)`,
    'o join pg_attribute a on a.attrelid = o.typrelid and a.attnum > 0 and not a.attisdropped',
  ),
];

/** PostgreSQL cannot take a value away. */
const ENUM: readonly FacetSql[] = [
  {
    key: `'value ' || e.enumlabel`,
    state: `''`,
    make: `'{}'`,
    from: 'o join pg_enum e on e.enumtypid = o.oid',
  },
];

const ofType = (kind: string): FacetSql[] => [
  ...(kind === 'd' ? DOMAIN : kind === 'c' ? COMPOSITE : kind === 'e' ? ENUM : []),
  ownerFacet('typowner'),
  ...rights('typacl', 'typowner', 'T', `'type'`),
  comment('pg_type'),
];

const PARTS: Record<Exclude<Found['catalogue'], 'pg_class'>, (kind: string) => string> = {
  pg_proc: () =>
    facetsSql(FUNCTION_WITH, [
      {
        key: `'definition'`,
        state: 'pg_get_functiondef(o.oid)',
        make: 'array[pg_get_functiondef(o.oid)]',
        sets: true,
        from: 'o',
      },
      ownerFacet('proowner'),
      ...rights('proacl', 'proowner', 'f'),
      comment('pg_proc'),
    ]),
  pg_type: (kind) => facetsSql(TYPE_WITH, ofType(kind)),
  pg_namespace: () =>
    facetsSql(SCHEMA_WITH, [
      ownerFacet('nspowner'),
      ...rights('nspacl', 'nspowner', 'n'),
      comment('pg_namespace'),
    ]),
  pg_extension: () => facetsSql(EXTENSION_WITH, [comment('pg_extension')]),
};
