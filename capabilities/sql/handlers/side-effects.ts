import { child, children, textOf, walk } from '../../../sql/walk';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { ActionOf } from '../action';
import type { Column } from '../catalogue/columns';
import { quietTriggers } from '../catalogue/quiet-triggers';
import { sharedSequences } from '../catalogue/sequences';
import type { Trigger } from '../catalogue/triggers';

type RowsAction = ActionOf<'insert' | 'update' | 'delete'> | ActionOf<'merge'>;

/** What a statement does beside writing its rows, which its undo does not bring back; in plain words. */
export async function sideEffects(
  session: ReadSession,
  action: RowsAction,
  /** The table's, and those of its partitions or of what inherits from it. */
  [oid, ...members]: readonly string[],
  { columns, firing, draws }: { columns: readonly Column[]; firing: readonly Trigger[]; draws: boolean },
): Promise<string[]> {
  const { relation } = action;
  const quiet = firing.length === 0 ? new Set() : await quietTriggers(session, [oid!, ...members]);
  const drawing = draws ? defaulted(action, columns) : [];
  const sequences = drawing.length === 0 ? [] : await sharedSequences(session, oid!, drawing);
  return [
    ...[...new Set(firing.map(({ name }) => name))]
      .filter((name) => !quiet.has(name))
      .map((name) => `what the trigger ${name} of ${relation} does to anything but the rows written`),
    ...sequences.map((name) => `numbers drawn from the sequence ${name}, which ${relation} shares`),
  ];
}

/** Columns that the statement may fill from their default. */
function defaulted({ kind, node }: RowsAction, columns: readonly Column[]): string[] {
  let says = false;
  walk(node, (tag) => {
    if (tag === 'SetToDefault') says = true;
  });
  const named = (list: string): string[] =>
    children(node, list).map((each) => textOf(child(each, 'ResTarget'), 'name') ?? '');
  if (kind === 'update') return says ? named('targetList') : [];
  const all = columns.map(({ name }) => name);
  if (says || kind === 'merge') return all;
  const given = named('cols');
  if (given.length > 0) return all.filter((name) => !given.includes(name));
  return all.slice(width(node));
}

/** How many values an INSERT without a list of columns gives; 0 where that is not written out. */
function width(node: RowsAction['node']): number {
  const select = child(child(node, 'selectStmt'), 'SelectStmt');
  const [row] = children(select, 'valuesLists');
  if (row) return children(child(row, 'List') ?? {}, 'items').length;
  const targets = children(select, 'targetList');
  let star = false;
  walk(targets, (tag) => {
    if (tag === 'A_Star') star = true;
  });
  return star ? 0 : targets.length;
}
