import type { RelationName } from '../../../schemas/change';
import { splitRelation } from '../../../sql/quote';
import { child, children, names, textOf, type Tree } from '../../../sql/walk';
import { dottedName, relationName } from '../../../sql/relations';
import type { ReadSession } from '../../../warehouses/warehouse';

/** An object of the catalogue as a statement names it. */
export type Address =
  | { of: 'relation'; name: RelationName }
  /** `args`: the types it is called with; undefined: the only one of that name. `oid`: where it was found, not named. */
  | { of: 'function'; name: RelationName; args?: TypeRef[]; oid?: string }
  | { of: 'type'; name: RelationName }
  | { of: 'schema'; name: string }
  | { of: 'extension'; name: string };

/** A type as written: in which schema, where the text says it. */
export interface TypeRef {
  schema?: string;
  name: string;
  array: boolean;
}

/**
 * The name under which an object is locked, fingerprinted and ordered among the runs: a function's stands for all
 * functions of that name, an extension's for the schema it is in by default.
 */
export function targetOf(address: Address): RelationName {
  switch (address.of) {
    case 'relation':
    case 'type':
      return address.name;
    case 'function':
      return `${address.name}()`;
    case 'schema':
      return `${address.name}.*`;
    case 'extension':
      return 'public.*';
  }
}

const WORDS = {
  relation: '',
  function: 'function ',
  type: 'type ',
  schema: 'schema ',
  extension: 'extension ',
};

/** For people: `function app.f`, `public.t`. */
export const wordsFor = ({ of, name }: Address): string => `${WORDS[of]}${name}`;

export const relationAddress = (rangeVar: Tree): Address => ({
  of: 'relation',
  name: relationName(rangeVar),
});

export const typeAddress = (parts: readonly Tree[]): Address => ({
  of: 'type',
  name: dottedName(names(parts)),
});

/** Of an ObjectWithArgs node. */
export function functionAddress(node: Tree): Address {
  const name = dottedName(names(children(node, 'objname')));
  if (node['args_unspecified'] === true) return { of: 'function', name };
  return {
    of: 'function',
    name,
    args: children(node, 'objargs').map((arg) => typeRef(child(arg, 'TypeName') ?? {})),
  };
}

/** Of a CreateFunctionStmt. */
export function newFunctionAddress(node: Tree): Address {
  const name = dottedName(names(children(node, 'funcname')));
  const called = children(node, 'parameters')
    .map((each) => child(each, 'FunctionParameter') ?? {})
    .filter((each) => !['FUNC_PARAM_OUT', 'FUNC_PARAM_TABLE'].includes(textOf(each, 'mode') ?? ''));
  return { of: 'function', name, args: called.map((each) => typeRef(child(each, 'argType') ?? {})) };
}

function typeRef(typeName: Tree): TypeRef {
  const parts = names(children(typeName, 'names'));
  return {
    ...(parts.length > 1 ? { schema: parts.at(-2)! } : {}),
    ...{ name: parts.at(-1) ?? '', array: children(typeName, 'arrayBounds').length > 0 },
  };
}

export interface Found {
  address: Address;
  /** The catalogue that it is in, and its oid there. */
  catalogue: 'pg_class' | 'pg_proc' | 'pg_type' | 'pg_namespace' | 'pg_extension';
  oid: string;
  /** pg_class.relkind, pg_proc.prokind, pg_type.typtype; else ''. */
  kind: string;
  /** The extension that it came with. */
  extension: string | null;
}

const ARG_TYPE = `coalesce((select case when w.array then t.typarray else t.oid end from pg_type t
    join pg_namespace tn on tn.oid = t.typnamespace
   where t.typname = w.name and tn.nspname = any(case when w.schema is null then array['pg_catalog', 'public'] else array[w.schema] end)
   order by tn.nspname <> 'pg_catalog' limit 1), 0)`;

/** Undefined where there is none, or (of a function named without arguments) more than one. */
export async function find(session: ReadSession, address: Address): Promise<Found | undefined> {
  const { schema, name } = splitRelation(address.name);
  const of = (
    catalogue: string,
    oid: string,
  ): string => `(select e.extname::text from pg_depend d join pg_extension e on e.oid = d.refobjid
    where d.classid = '${catalogue}'::regclass and d.objid = ${oid} and d.deptype = 'e') as extension`;
  const rows = await (async (): Promise<Omit<Found, 'address' | 'catalogue'>[]> => {
    switch (address.of) {
      case 'relation':
        return session.query(
          `select c.oid::text as oid, c.relkind::text as kind, ${of('pg_class', 'c.oid')} from pg_class c
             join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2`,
          [schema, name],
        );
      case 'function':
        return session.query(
          `select p.oid::text as oid, p.prokind::text as kind, ${of('pg_proc', 'p.oid')} from pg_proc p
             join pg_namespace n on n.oid = p.pronamespace where n.nspname = $1 and p.proname = $2 and ($4::oid is null or p.oid = $4::oid)
              and ($3::jsonb is null or array_to_string(p.proargtypes, ' ') = array_to_string(array(
                select ${ARG_TYPE} from jsonb_to_recordset($3::jsonb) as w (place int, schema text, name text, "array" boolean) order by w.place), ' '))`,
          [
            ...[schema, name],
            address.args === undefined
              ? null
              : JSON.stringify(address.args.map((arg, place) => ({ ...arg, place }))),
            address.oid ?? null,
          ],
        );
      case 'type':
        return session.query(
          `select t.oid::text as oid, t.typtype::text as kind, ${of('pg_type', 't.oid')} from pg_type t
             join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
            where n.nspname = $1 and t.typname = $2 and (t.typrelid = 0 or c.relkind = 'c')`,
          [schema, name],
        );
      case 'schema':
        return session.query(
          `select n.oid::text as oid, '' as kind, ${of('pg_namespace', 'n.oid')} from pg_namespace n where n.nspname = $1`,
          [address.name],
        );
      case 'extension':
        return session.query(
          `select e.oid::text as oid, '' as kind, null as extension from pg_extension e where e.extname = $1`,
          [address.name],
        );
    }
  })();
  const catalogue: Found['catalogue'] = CATALOGUES[address.of];
  return rows.length === 1 ? { address, catalogue, ...rows[0]! } : undefined;
}

const CATALOGUES: Record<Address['of'], Found['catalogue']> = {
  ...{ relation: 'pg_class', function: 'pg_proc', type: 'pg_type' },
  ...{ schema: 'pg_namespace', extension: 'pg_extension' },
};

/** What else depends on objects, as PostgreSQL describes it: what DROP … RESTRICT refuses for. */
export async function usersOf(session: ReadSession, found: readonly Found[]): Promise<string[]> {
  const rows = await session.query<{ description: string }>(
    `with recursive own (classid, objid) as (
       select o.catalogue::regclass::oid, o.oid from unnest($1::text[], $2::oid[]) as o (catalogue, oid)
       union
       select d.classid, d.objid from pg_depend d join own o on d.refclassid = o.classid and d.refobjid = o.objid
        where d.deptype in ('a', 'i', 'P', 'S', 'e'))
     select distinct pg_describe_object(d.classid, d.objid, d.objsubid) as description
       from pg_depend d join own o on d.refclassid = o.classid and d.refobjid = o.objid
      where d.deptype = 'n' and not exists (select from own x where x.classid = d.classid and x.objid = d.objid)
      order by 1`,
    [found.map(({ catalogue }) => catalogue), found.map(({ oid }) => oid)],
  );
  return rows.map(({ description }) => description);
}
