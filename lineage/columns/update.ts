import { child, children, textOf, type Tree } from '../../sql/walk';
import { decidedBy, merge, NOTHING } from './flow';
import { fromItem } from './from';
import { createAnalysis } from './query';
import { type Catalogue, type Column, emptyScope, type Rows, Uncertain } from './scope';

/** What the columns that an UPDATE sets are made of, and what decides in which rows. Throws {@link Uncertain}. */
export function updateLineage(update: Tree, catalogue: Catalogue): Rows {
  if (update['withClause']) throw new Uncertain('UPDATE with WITH is not looked into');
  const analysis = createAnalysis(catalogue);
  const scope = emptyScope();
  let dataset = NOTHING;
  // The table that is updated has no tag of its own.
  for (const node of [{ RangeVar: update['relation'] }, ...children(update, 'fromClause')]) {
    const from = fromItem(analysis, node, scope);
    scope.items.push(...from.items);
    dataset = merge(dataset, from.dataset);
  }
  const columns = children(update, 'targetList').map((node): Column => {
    const target = child(node, 'ResTarget') ?? {};
    const value = target['val'] as Tree;
    if ('MultiAssignRef' in value || target['indirection'])
      throw new Uncertain('this SET is not looked into');
    return { name: textOf(target, 'name') ?? '', flow: analysis.expression(value, scope) };
  });
  const where = decidedBy(analysis.expression(update['whereClause'], scope), 'FILTER');
  return { columns, dataset: merge(dataset, where) };
}
