import { child, children } from '../../../sql/walk';
import type { StepSql } from './queries';

/** Steps whose query gives the rows of one relation as they are: all of them, and nothing made of them. */
export function copiesIn(sql: readonly StepSql[]): Set<string> {
  return new Set(
    sql
      .filter(
        ({ step, statements }) =>
          step.kind === 'model' && statements.length === 1 && isCopy(statements[0]!.node),
      )
      .map(({ step }) => step.id),
  );
}

const MAKES_SOMETHING = [
  'whereClause',
  'groupClause',
  'havingClause',
  'distinctClause',
  'limitCount',
  'withClause',
  'valuesLists',
  'larg',
];

function isCopy(select: Record<string, unknown>): boolean {
  const from = children(select, 'fromClause');
  return (
    from.length === 1 &&
    'RangeVar' in from[0]! &&
    MAKES_SOMETHING.every((key) => select[key] === undefined) &&
    children(select, 'targetList').every(
      (target) => 'ColumnRef' in (child(child(target, 'ResTarget'), 'val') ?? {}),
    )
  );
}
