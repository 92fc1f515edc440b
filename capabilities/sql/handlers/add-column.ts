import { quoteIdent, quoteRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import { child, children, names, type Tree } from '../../../sql/walk';
import type { ActionOf } from '../action';
import { tableColumns } from '../catalogue/columns';
import { findRelation, rowsOf, type Relation } from '../catalogue/relation';
import { rowTypeUsers } from '../catalogue/row-type';
import { nothing, refuse, run, type Plan, type Planning, type UndoStep } from '../plan';
import { keepStamps, stampsBack } from '../rows/stamps';
import { expectColumn } from './expect';
import { stampsOf } from './stamped';
import { mismatch, needTable } from './target';

/** A new column is the last one, so that dropping it again is exact; refused once it holds values of others. */
export async function planAddColumn(action: ActionOf<'add column'>, at: Planning): Promise<Plan> {
  const { relation, column, ifTable, optional } = action;
  if (ifTable && !(await findRelation(at.session, relation))) return nothing(`there is no table ${relation}`);
  const table = await needTable(at.session, action, relation);
  if ((await tableColumns(at.session, table.oid)).some(({ name }) => name === column)) {
    if (optional) return nothing(`${relation} has a column ${column}`);
    throw mismatch(
      action,
      `${relation} has a column ${column} already.`,
      'Choose another name or write IF NOT EXISTS.',
    );
  }
  const quoted = quoteRelation(relation);
  const stamps = computes(action) ? await stampsOf(table, at) : undefined;
  return {
    acts: [...(stamps ? keepStamps(stamps) : []), action.text].map((sql) => ({ sql })),
    undo: async (after) => [
      run(`lock table ${rowsOf(table)} in access exclusive mode`),
      ...(await noValues(action, table, after)),
      run(`alter table ${quoted} drop column ${quoteIdent(column)}`),
      ...(stamps ? stampsBack(stamps) : []),
    ],
    expect: [expectColumn(relation, column, true)],
    lossy: (await rowTypeUsers(at.session, table.oid)).map(
      (name) =>
        `what is written to ${column} of the rows of ${relation} that ${name} holds, until it is undone`,
    ),
  };
}

async function noValues(
  action: ActionOf<'add column'>,
  found: Relation,
  after?: ReadSession,
): Promise<UndoStep[]> {
  const { relation, column } = action;
  const [rows, name] = [rowsOf(found), quoteIdent(column)];
  const because = `{n} rows of ${relation} were given a value in ${column} since`;
  const constraints = constraintsOf(action);
  if (constraints.some((each) => each['contype'] === 'CONSTR_GENERATED')) return [];
  const given = constraints.find((each) => each['contype'] === 'CONSTR_DEFAULT');
  const made = after && (await tableColumns(after, found.oid)).find((each) => each.name === column);
  if (!given && !made?.expression && !made?.identity) {
    return [refuse(`select count(*) as n from ${rows} where ${name} is not null`, because)];
  }
  if (given && isConstant(child(given, 'raw_expr')) && (!after || made?.expression)) {
    const value = made?.expression ?? '<default>';
    return [
      refuse(
        `select count(*) as n from ${rows} where ${name}::text is distinct from (${value})::text`,
        because,
      ),
    ];
  }
  // Every row has a value of its own: they must all be those that it was given then.
  const sum = `select concat(count(*), '/', sum(hashtextextended(${name}::text, 0)::numeric)) as sum from ${rows}`;
  const left = after ? (await after.query<{ sum: string }>(sum))[0]!.sum : '<count>/<checksum>';
  return [
    refuse(
      `select (sum is distinct from '${left}')::int as n from (${sum}) now`,
      `values of ${column} in ${relation} were written since`,
    ),
  ];
}

function constraintsOf(action: ActionOf<'add column'>): Tree[] {
  const column = child(child(action.node, 'def'), 'ColumnDef');
  return children(column, 'constraints').map((each) => child(each, 'Constraint') ?? {});
}

/** Whether a value may be computed for every row, which writes them all anew; a constant is only noted once. */
function computes(action: ActionOf<'add column'>): boolean {
  const type = names(children(child(child(child(action.node, 'def'), 'ColumnDef'), 'typeName'), 'names'));
  const plain =
    type[0] === 'pg_catalog' || ['text', 'date', 'uuid', 'jsonb', 'json'].includes(type.join('.'));
  const constraints = constraintsOf(action).filter((each) =>
    ['CONSTR_DEFAULT', 'CONSTR_IDENTITY', 'CONSTR_GENERATED'].includes(String(each['contype'])),
  );
  return (
    !plain ||
    constraints.some((each) => each['contype'] !== 'CONSTR_DEFAULT' || !isConstant(child(each, 'raw_expr')))
  );
}

/** A literal, or a literal with a type. */
function isConstant(expression: Tree | undefined): boolean {
  const inner = child(child(expression, 'TypeCast'), 'arg');
  return child(inner ?? expression, 'A_Const') !== undefined;
}
