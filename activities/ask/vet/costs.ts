import type { ReadSession } from '../../../warehouses/warehouse';
import { isAlwaysTrue } from '../../../sql/always';
import { unjoinedIn } from '../../../sql/cartesian';
import type { ParsedStatement } from '../../../sql/parse';
import { child, children, names, numberOf, textOf, walk, type Tree } from '../../../sql/walk';

interface PlanNode {
  'Plan Rows': number;
  Plans?: PlanNode[];
}

/** The most rows that any node of the server's plan gives, by its own estimate. */
export async function mostRows(session: ReadSession, select: string): Promise<number> {
  const [row] = await session.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (format json) ${select}`,
  );
  const most = (node: PlanNode): number => Math.max(node['Plan Rows'], ...(node.Plans ?? []).map(most));
  return most(row!['QUERY PLAN'][0].Plan);
}

/** Why a query may not run, judged by its estimate; undefined: it may. */
export function tooMany(statement: ParsedStatement, rows: number, limit: number): string | undefined {
  if (rows <= limit) return undefined;
  const [apart] = unjoinedIn(statement);
  const why = apart
    ? `nothing joins ${apart.parts.map((part) => part.join(', ')).join(' with ')}: say on what they are joined`
    : 'filter, aggregate earlier, or join on a key that is unique on one side';
  return `would go through about ${Math.round(rows).toLocaleString('en')} rows by the planner's estimate, and ${limit.toLocaleString('en')} is the most that is allowed (llm.limits.planRows); ${why}`;
}

/** A recursion that nothing ends: its own arm has neither a condition nor a limit. */
export function endless(statement: ParsedStatement): string | undefined {
  let found: string | undefined;
  walk({ [statement.kind]: statement.node }, (tag, node) => {
    if (tag !== 'CommonTableExpr') return;
    const arm = child(child(child(node, 'ctequery'), 'SelectStmt'), 'rarg');
    const name = textOf(node, 'ctename') ?? '';
    if (!arm || !readsItself(arm, name)) return;
    if (bounded(child(arm, 'whereClause')) || arm['limitCount'] || joins(arm)) return;
    found = `the recursion "${name}" has no end: its second part needs a condition`;
  });
  return found;
}

function readsItself(arm: Tree, name: string): boolean {
  let found = false;
  walk(arm, (tag, node) => {
    if (tag === 'RangeVar' && node['relname'] === name && node['schemaname'] === undefined) found = true;
  });
  return found;
}

const bounded = (condition: Tree | undefined): boolean => condition !== undefined && !isAlwaysTrue(condition);

const joins = (arm: Tree): boolean =>
  children(arm, 'fromClause').some((from) => {
    const join = child(from, 'JoinExpr');
    return (
      join !== undefined &&
      (bounded(child(join, 'quals')) || 'usingClause' in join || join['isNatural'] === true)
    );
  });

/** Functions whose result is as large as a number says. */
const GROWING: Readonly<Record<string, number>> = { repeat: 1, lpad: 1, rpad: 1, array_fill: 1 };
/** The most that such a number may be, where it is written out. */
const LARGEST = 1_000_000;

/** Values without measure: the server makes those of constants already when it plans. */
export function oversized(statement: ParsedStatement): string | undefined {
  let found: string | undefined;
  const visit = (value: unknown, inside: boolean): void =>
    walk(value, (tag, node) => {
      if (tag !== 'FuncCall') return true;
      const name = names(children(node, 'funcname')).at(-1) ?? '';
      const at = GROWING[name];
      if (at === undefined) return true;
      const args = children(node, 'args');
      if (inside || !measured(args[at]))
        found ??= `${name} makes a value without measure: at most ${LARGEST.toLocaleString('en')}, written as a number, and not of another such value`;
      visit(args, true);
      return false;
    });
  visit({ [statement.kind]: statement.node }, false);
  return found;
}

/** A number that is small enough, or one that the rows have. */
function measured(size: Tree | undefined): boolean {
  let ofRows = false;
  let computed = false;
  let largest = 0;
  walk(size, (tag, node) => {
    if (tag === 'ColumnRef') ofRows = true;
    if (tag === 'A_Expr' || tag === 'FuncCall' || tag === 'SubLink') computed = true;
    if (tag !== 'A_Const') return;
    const whole = numberOf(child(node, 'ival'), 'ival');
    largest = Math.max(
      largest,
      whole ??
        Number(
          textOf(child(node, 'fval') ?? child(node, 'sval'), child(node, 'fval') ? 'fval' : 'sval') ?? 0,
        ),
    );
  });
  return ofRows || (!computed && largest <= LARGEST);
}

/** The same where there is no estimate, because what is read is not there yet: what falls apart is refused. */
export function fallsApart(statement: ParsedStatement): string | undefined {
  const apart = unjoinedIn(statement).find(({ large }) => large > 1);
  return (
    apart &&
    `joins every row of ${apart.parts.map((part) => part.join(', ')).join(' with every row of ')}, and how many there will be is not known yet: say on what they are joined`
  );
}
