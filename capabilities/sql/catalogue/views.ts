import type { RelationName } from '../../../schemas/change';
import { quoteIdent, quoteLiteral, quoteRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import { tableColumns, columnExtras, type Column } from './columns';
import { foreignGrants, grantStatements, rightsOf, type Right } from './privileges';

/** All that a view is. */
export interface View {
  oid: string;
  name: RelationName;
  definition: string;
  options: string[];
  owner: string;
  rights: Right[] | null;
  comment: string | null;
  columns: Column[];
  /** Statements that make its triggers again. */
  triggers: string[];
}

/** The view of that oid. Call it within `withCatalogueSettings`, so that names are written out. */
export async function readView(session: ReadSession, oid: string): Promise<View> {
  const [row] = await session.query<
    Omit<View, 'columns' | 'oid' | 'triggers'> & { triggers: string[] | null }
  >(
    `select n.nspname || '.' || c.relname as name, rtrim(pg_get_viewdef(c.oid), ';') as definition,
       coalesce(c.reloptions, '{}') as options, pg_get_userbyid(c.relowner)::text as owner,
       ${rightsOf('c.relacl')} as rights, obj_description(c.oid, 'pg_class') as comment,
       (select array_agg(statement order by g.tgname, place) from pg_trigger g cross join lateral (values
          (1, pg_get_triggerdef(g.oid)),
          (2, case g.tgenabled when 'D' then format('alter table %s disable trigger %I', c.oid::regclass, g.tgname)
             when 'R' then format('alter table %s enable replica trigger %I', c.oid::regclass, g.tgname)
             when 'A' then format('alter table %s enable always trigger %I', c.oid::regclass, g.tgname) end),
          (3, format('comment on trigger %I on %s is %L', g.tgname, c.oid::regclass, obj_description(g.oid, 'pg_trigger')))
        ) s (place, statement)
        where g.tgrelid = c.oid and not g.tgisinternal and statement is not null
          and (place < 3 or obj_description(g.oid, 'pg_trigger') is not null)) as triggers
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = $1::oid`,
    [oid],
  );
  return { ...row!, oid, triggers: row!.triggers ?? [], columns: await tableColumns(session, oid) };
}

const optionsOf = (view: View): string =>
  view.options.length > 0 ? ` with (${view.options.join(', ')})` : '';

/** Puts the definition (back) in place; owner, rights, comments and what depends on the view stay. */
export function replaceView(view: View): string {
  return `create or replace view ${quoteRelation(view.name)}${optionsOf(view)} as ${view.definition}`;
}

/**
 * The same columns over no table at all: what the view depends on can be changed while everything that depends on
 * the view stays. Without its options, because WITH CHECK OPTION asks for an updatable view.
 */
export function stubView(view: View): string {
  const columns = view.columns.map(({ name, type, collation }) => {
    return `null::${type}${collation === null ? '' : ` collate ${collation}`} as ${quoteIdent(name)}`;
  });
  return `create or replace view ${quoteRelation(view.name)} as select ${columns.join(', ')}`;
}

/** Statements that make a dropped view again, with owner, defaults, triggers, comments and rights. */
export function recreateView(view: View): string[] {
  const name = quoteRelation(view.name);
  const statements = [`create view ${name}${optionsOf(view)} as ${view.definition}`];
  for (const column of view.columns) {
    if (column.expression !== null) {
      statements.push(
        `alter view ${name} alter column ${quoteIdent(column.name)} set default ${column.expression}`,
      );
    }
  }
  statements.push(...view.triggers, `alter view ${name} owner to ${quoteIdent(view.owner)}`);
  if (view.comment !== null) statements.push(`comment on view ${name} is ${quoteLiteral(view.comment)}`);
  statements.push(...grantStatements(`table ${name}`, view.owner, view.rights));
  for (const column of view.columns) statements.push(...columnExtras(name, view.owner, column));
  return statements;
}

/** What {@link recreateView} cannot bring back, in plain words. */
export function lostWithView(view: View): string[] {
  const grantors = new Set(
    [view.rights, ...view.columns.map((column) => column.rights)].flatMap((rights) =>
      foreignGrants(view.owner, rights),
    ),
  );
  return [...grantors]
    .sort()
    .map(
      (grantor) =>
        `rights on ${view.name} that ${grantor} granted come back as granted by its owner ${view.owner}`,
    );
}
