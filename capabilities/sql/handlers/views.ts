import { quoteRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { ActionOf } from '../action';
import { dependentsOf } from '../catalogue/dependents';
import { columnNames, findRelation } from '../catalogue/relation';
import { lostWithView, readView, recreateView, replaceView, stubView, type View } from '../catalogue/views';
import { nothing, run, runs, type Plan, type Planning, type UndoStep } from '../plan';
import { expectRelation, relationKey } from './expect';
import { mismatch, need } from './target';

export async function planCreateView(action: ActionOf<'create view'>, at: Planning): Promise<Plan> {
  const { relation, replace } = action;
  const existing = await findRelation(at.session, relation);
  if (!existing) {
    return {
      acts: [{ sql: action.text }],
      undo: () => Promise.resolve([run(`drop view ${quoteRelation(relation)}`)]),
      expect: [expectRelation(relation, true)],
    };
  }
  if (!replace)
    throw mismatch(
      action,
      `${relation} exists already.`,
      'Choose another name or write CREATE OR REPLACE VIEW.',
    );
  await need(at.session, action, relation, 'v');
  const old = await readView(at.session, existing.oid);
  return {
    acts: [{ sql: action.text }],
    undo: (after) => undoReplace(action, old, after),
    expect: [expectRelation(relation, true)],
    lossy: lostWithView(old),
  };
}

/**
 * A replaced view may have got more columns, which a replacement cannot take away: then it is made anew, while the
 * views on top of it stand on nothing for a moment. Owner, rights and comments are as before either way.
 */
async function undoReplace(
  action: ActionOf<'create view'>,
  old: View,
  after?: ReadSession,
): Promise<UndoStep[]> {
  const now = after ? await columnNames(after, old.oid) : [];
  if (now.length <= old.columns.length) return [run(replaceView(old))];
  const dependents = await dependentsOf(after!, [old.oid]);
  const blocking = dependents.find((each) => each.kind !== 'view');
  if (blocking) {
    throw mismatch(
      action,
      `${blocking.description} depends on ${old.name}, so that its new columns could not be taken back.`,
      'Give the view the same columns.',
    );
  }
  const above = await readViews(
    after!,
    dependents.map((each) => each.viewOid!),
  );
  return runs([
    ...above.map(stubView),
    `drop view ${quoteRelation(old.name)}`,
    ...recreateView(old),
    ...above.map(replaceView),
  ]);
}

/** Each view once, in the order of their names. */
export async function readViews(session: ReadSession, oids: readonly string[]): Promise<View[]> {
  const views: View[] = [];
  for (const oid of new Set(oids)) views.push(await readView(session, oid));
  return views.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A view has no rows: it is really dropped, and made again from its definition. */
export async function planDropView(action: ActionOf<'drop view'>, at: Planning): Promise<Plan> {
  const { session } = at;
  const oids: string[] = [];
  for (const name of action.relations) {
    if (action.optional && !(await findRelation(session, name))) continue;
    const found = await need(session, action, name, 'v');
    if (found.hasRules)
      throw mismatch(action, `${name} has rules of its own, which would be lost.`, 'Drop it by hand.');
    oids.push(found.oid);
  }
  if (oids.length === 0) return nothing('there is no such view');
  const dependents = await dependentsOf(session, oids);
  if (dependents.length > 0) {
    const list = [...new Set(dependents.map((each) => each.description))].slice(0, 5).join(', ');
    throw mismatch(
      action,
      `${action.relations.join(', ')} cannot be dropped: it is used by ${list}.`,
      'Drop those first, by name, in the same step.',
    );
  }
  const views = await baseFirst(session, await readViews(session, oids));
  return {
    acts: [{ sql: action.text }],
    undo: () => Promise.resolve(runs(views.flatMap(recreateView))),
    expect: views.map(({ name }) => expectRelation(name, false)),
    gone: views.map(({ name }) => relationKey(name)),
    lossy: views.flatMap(lostWithView),
  };
}

/** Views that others of the list select from come first. */
async function baseFirst(session: ReadSession, views: readonly View[]): Promise<View[]> {
  const uses = await session.query<{ view: string; base: string }>(
    `select distinct r.ev_class::text as view, d.refobjid::text as base from pg_rewrite r
       join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
      where r.ev_class = any($1::oid[]) and d.refobjid = any($1::oid[]) and d.refobjid <> r.ev_class`,
    [views.map(({ oid }) => oid)],
  );
  const ordered: View[] = [];
  const left = [...views];
  while (left.length > 0) {
    const next = left.findIndex(({ oid }) =>
      uses.every((use) => use.view !== oid || ordered.some((each) => each.oid === use.base)),
    );
    ordered.push(...left.splice(Math.max(0, next), 1));
  }
  return ordered;
}
