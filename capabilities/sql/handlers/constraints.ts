import { quoteIdent, quoteRelation } from '../../../sql/quote';
import { textOf } from '../../../sql/walk';
import { renamed, type ActionOf } from '../action';
import { attachedTo, inOrder, isUnvalidated, type Attached, type AttachedKind } from '../catalogue/attached';
import { columnNames, findRelation } from '../catalogue/relation';
import { nothing, run, runs, type Plan, type Planning } from '../plan';
import { columnKey, expectConstraint, relationKey } from './expect';
import { noNulls } from './column-flags';
import { ownOfPartitions, takenOver } from './partitions';
import { mismatch, needTable } from './target';

const CONSTRAINTS: readonly AttachedKind[] = ['not null', 'key', 'check', 'foreign key'];

const constraintsOf = (attached: readonly Attached[]): Attached[] =>
  attached.filter(({ kind }) => CONSTRAINTS.includes(kind));

/** A new key also makes its columns NOT NULL, by constraints of their own that would stay when the key goes. */
export async function planAddConstraint(action: ActionOf<'add constraint'>, at: Planning): Promise<Plan> {
  const { relation, ifTable } = action;
  if (ifTable && !(await findRelation(at.session, relation))) return nothing(`there is no table ${relation}`);
  const table = await needTable(at.session, action, relation);
  const before = new Set(constraintsOf(await attachedTo(at.session, table.oid)).map(({ name }) => name));
  const name = textOf(action.constraint, 'conname');
  if (name !== undefined && before.has(name)) {
    throw mismatch(action, `${relation} has a constraint ${name} already.`, 'Choose another name.');
  }
  const own = await ownOfPartitions(at.session, table);
  return {
    acts: [{ sql: action.text }],
    undo: async (after) => {
      if (!after) {
        const shown = quoteIdent(name ?? '<the name PostgreSQL chooses>');
        return [run(`alter table ${quoteRelation(relation)} drop constraint ${shown}`)];
      }
      const made = constraintsOf(await attachedTo(after, table.oid)).filter((each) => !before.has(each.name));
      const drops = inOrder(made)
        .reverse()
        .map((each) => each.drop);
      return runs([...drops, ...(await takenOver(own, after)).flatMap((each) => each.create)]);
    },
    expect: name === undefined ? [] : [expectConstraint(relation, name, true)],
  };
}

export async function planDropConstraint(action: ActionOf<'drop constraint'>, at: Planning): Promise<Plan> {
  const { relation, constraint, ifTable, optional } = action;
  if (ifTable && !(await findRelation(at.session, relation))) return nothing(`there is no table ${relation}`);
  const table = await needTable(at.session, action, relation);
  const found = constraintsOf(await attachedTo(at.session, table.oid)).find(
    ({ name, unnamed }) => name === constraint && !unnamed,
  );
  if (!found) {
    if (optional) return nothing(`${relation} has no constraint ${constraint}`);
    throw mismatch(action, `${relation} has no constraint ${constraint}.`, 'Check the name.');
  }
  const filled = found.kind === 'not null' ? await columnOf(at, table.oid, found) : undefined;
  const guards = filled === undefined || isUnvalidated(found) ? [] : [noNulls(table, filled)];
  return {
    acts: [{ sql: action.text }],
    undo: () => Promise.resolve([...guards, ...runs(found.create)]),
    expect: [expectConstraint(relation, constraint, false)],
    gone: [
      `${relationKey(relation)} constraint ${constraint}`,
      relationKey(renamed(relation, constraint)),
      ...(filled === undefined ? [] : [`${columnKey(relation, filled)} not null`]),
    ],
  };
}

async function columnOf(at: Planning, oid: string, constraint: Attached): Promise<string> {
  const rows = await at.session.query<{ name: string }>(
    'select attname::text as name from pg_attribute where attrelid = $1::oid and attnum = $2',
    [oid, constraint.columns[0]],
  );
  return rows[0]?.name ?? (await columnNames(at.session, oid))[0]!;
}
