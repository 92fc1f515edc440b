import { quoteIdent, quoteRelation, splitRelation } from '../../../sql/quote';
import { renamed, type ActionOf } from '../action';
import { attachedTo } from '../catalogue/attached';
import { findRelation, tableOfIndex } from '../catalogue/relation';
import { nothing, refuse, run, type Plan, type Planning } from '../plan';
import { columnKey, expectColumn, expectConstraint, expectRelation, nameFree, relationKey } from './expect';
import { mismatch, need, needColumn, needTable } from './target';

const KIND = { table: 'r', view: 'v', index: 'i' } as const;

export async function planRenameRelation(action: ActionOf<'rename relation'>, at: Planning): Promise<Plan> {
  const { relation, to, what, optional } = action;
  if (optional && !(await findRelation(at.session, relation)))
    return nothing(`there is no ${what} ${relation}`);
  if (what === 'table') await needTable(at.session, action, relation);
  else await need(at.session, action, relation, KIND[what]);
  const target = renamed(relation, to);
  if (await findRelation(at.session, target))
    throw mismatch(action, `${target} exists already.`, 'Choose another name.');
  const free = nameFree(relation);
  // The index of a constraint has the constraint's name, and takes it along.
  const { name } = splitRelation(relation);
  const table = what === 'index' ? await tableOfIndex(at.session, relation) : undefined;
  return {
    acts: [{ sql: action.text }],
    undo: () =>
      Promise.resolve([
        refuse(free.sql, free.because),
        run(`alter ${what} ${quoteRelation(target)} rename to ${quoteIdent(name)}`),
      ]),
    expect: [expectRelation(relation, false), expectRelation(target, true)],
    gone: [
      relationKey(relation),
      ...(table === undefined ? [] : [`${relationKey(table)} constraint ${name}`]),
    ],
  };
}

/** Columns of a view have names of their own; everything that refers to a column by number follows by itself. */
export async function planRenameColumn(action: ActionOf<'rename column'>, at: Planning): Promise<Plan> {
  const { relation, column, to, what, optional } = action;
  if (optional && !(await findRelation(at.session, relation)))
    return nothing(`there is no ${what} ${relation}`);
  const found =
    what === 'table'
      ? await needTable(at.session, action, relation)
      : await need(at.session, action, relation, 'v');
  await needColumn(at.session, action, found, column);
  return {
    acts: [{ sql: action.text }],
    undo: () =>
      Promise.resolve([
        run(
          `alter ${what} ${quoteRelation(relation)} rename column ${quoteIdent(to)} to ${quoteIdent(column)}`,
        ),
      ]),
    expect: [expectColumn(relation, column, false), expectColumn(relation, to, true)],
    gone: [columnKey(relation, column)],
  };
}

export async function planRenameConstraint(
  action: ActionOf<'rename constraint'>,
  at: Planning,
): Promise<Plan> {
  const { relation, constraint, to, optional } = action;
  if (optional && !(await findRelation(at.session, relation)))
    return nothing(`there is no table ${relation}`);
  const table = await needTable(at.session, action, relation);
  const known = (await attachedTo(at.session, table.oid)).some((each) => each.name === constraint);
  if (!known) throw mismatch(action, `${relation} has no constraint ${constraint}.`, 'Check the name.');
  const quoted = quoteRelation(relation);
  return {
    acts: [{ sql: action.text }],
    undo: () =>
      Promise.resolve([
        run(`alter table ${quoted} rename constraint ${quoteIdent(to)} to ${quoteIdent(constraint)}`),
      ]),
    expect: [expectConstraint(relation, constraint, false), expectConstraint(relation, to, true)],
    // The index of a key goes by the name of its constraint.
    gone: [`${relationKey(relation)} constraint ${constraint}`, relationKey(renamed(relation, constraint))],
  };
}
