import type { RelationName } from '../../../schemas/change';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { ActionOf } from '../action';
import { dependentsOf } from '../catalogue/dependents';
import { findRelation } from '../catalogue/relation';
import { lostWithView, readView, recreateView } from '../catalogue/views';
import { find } from '../define/address';
import { look } from '../define/seen';
import { runs, type Plan, type Planning } from '../plan';
import { planAlterType } from './alter-type';
import { quoteRelation } from '../../../sql/quote';
import { mismatch } from './target';

type AlterType = ActionOf<'alter type'>;

/**
 * ALTER COLUMN … TYPE under the views and materialized views that stand on the column: they are dropped before it and
 * made again after it, in the same transaction, and so are they when it is taken back.
 */
export async function planAlterTypeUnderViews(action: AlterType, at: Planning): Promise<Plan> {
  const views = await viewsOver(at.session, action);
  if (views.length === 0) return planAlterType(action, at);
  const oids = new Set(views.map(({ oid }) => oid));
  await refuseUsers(action, at.session, views, oids);
  const plan = await planAlterType(action, at, oids);
  if (plan.noop !== undefined) return plan;
  const back: string[] = [];
  const lossy: string[] = [];
  for (const view of views) {
    const made = await makeAgain(at, view);
    back.push(...made.statements);
    lossy.push(...made.lossy);
  }
  const away = [...views]
    .reverse()
    .map(({ kind, name }) => `drop ${kind === 'm' ? 'materialized view' : 'view'} ${quoteRelation(name)}`);
  const acts = (statements: readonly string[]): Plan['acts'] => statements.map((sql) => ({ sql }));
  return {
    ...plan,
    acts: [...acts(away), ...plan.acts, ...acts(back)],
    undo: async (after) => [...runs(away), ...(await plan.undo(after)), ...runs(back)],
    lossy: [...(plan.lossy ?? []), ...lossy],
  };
}

interface Above {
  oid: string;
  name: RelationName;
  /** pg_class.relkind: v or m. */
  kind: string;
  owner: string;
  /** The owner of the table may do to it what its own owner may. */
  reachable: boolean;
  hasRules: boolean;
  extension: string | null;
}

/** Views that read the column, and those on top of them; each after what it reads. */
export async function viewsOver(
  session: ReadSession,
  { relation, column }: Pick<AlterType, 'relation' | 'column'>,
): Promise<Above[]> {
  const table = await findRelation(session, relation);
  if (!table) return [];
  return session.query<Above>(
    `with recursive reads as (
       select r.ev_class as view, d.refobjid as base, d.refobjsubid as num from pg_depend d
         join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid and r.rulename = '_RETURN'
        where d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
     ), up (oid, depth) as (
       select view, 1 from reads join pg_attribute a on a.attrelid = base and a.attnum = num and a.attname = $2 where base = $1::oid
       union select view, depth + 1 from up join reads on base = up.oid
     )
     select c.oid::text as oid, n.nspname || '.' || c.relname as name, c.relkind::text as kind,
       pg_get_userbyid(c.relowner)::text as owner, pg_has_role($3::name, c.relowner, 'MEMBER') as reachable,
       exists (select from pg_rewrite r where r.ev_class = c.oid and r.rulename <> '_RETURN') as "hasRules",
       (select e.extname::text from pg_depend d join pg_extension e on e.oid = d.refobjid
         where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') as extension
      from (select oid, max(depth) as depth from up group by oid) above join pg_class c on c.oid = above.oid
      join pg_namespace n on n.oid = c.relnamespace order by above.depth, 2`,
    [table.oid, column, table.owner],
  );
}

/** Refuses where one of the views could not be dropped, or not made again as it was. */
async function refuseUsers(
  action: AlterType,
  session: ReadSession,
  views: readonly Above[],
  lifted: ReadonlySet<string>,
): Promise<void> {
  const dependents = await dependentsOf(session, [...lifted]);
  const held = [
    ...views.filter(({ hasRules }) => hasRules).map(({ name }) => `${name}, which has rules of its own`),
    ...views
      .filter(({ extension }) => extension !== null)
      .map(({ name, extension }) => `${name} of the extension ${extension}`),
    ...views
      .filter(({ reachable }) => !reachable)
      .map(({ name, owner }) => `${name}, which belongs to ${owner}`),
    ...dependents
      .filter(({ viewOid }) => viewOid === null || !lifted.has(viewOid))
      .map(({ description }) => description),
  ];
  if (held.length === 0) return;
  throw mismatch(
    action,
    `The type of ${action.relation}.${action.column} cannot be changed: the views that read it (${views.map(({ name }) => name).join(', ')}) would be dropped and made again, which is not possible for or under ${[...new Set(held)].slice(0, 5).join(', ')}.`,
    'Drop those first in the same step, and make them again after it.',
  );
}

async function makeAgain(
  { session, applying }: Planning,
  { oid, name, kind }: Above,
): Promise<{ statements: string[]; lossy: string[] }> {
  if (kind === 'v') {
    const view = await readView(session, oid);
    return { statements: recreateView(view), lossy: lostWithView(view) };
  }
  const found = await find(session, { of: 'relation', name });
  const { facets } = await look(session, found!, applying);
  const usual = await usuallyStored(session, oid);
  return {
    statements: facets.filter(({ key }) => !usual.has(key)).flatMap(({ make }) => make),
    lossy: [
      `the rows of ${name} are those that its query gives when it is made again, not those of its last refresh`,
    ],
  };
}

/** Keys of facets that say of a column what its type says anyway: of its new type they would be wrong. */
async function usuallyStored(session: ReadSession, oid: string): Promise<Set<string>> {
  const rows = await session.query<{ name: string }>(
    `select a.attname::text as name from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = $1::oid and a.attnum > 0 and a.attstorage = t.typstorage`,
    [oid],
  );
  return new Set(rows.map(({ name }) => `column ${name} storage`));
}
