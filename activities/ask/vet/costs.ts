import type { ReadSession } from '../../../warehouses/warehouse';
import { unjoinedIn } from '../../../sql/cartesian';
import type { ParsedStatement } from '../../../sql/parse';
import { child, children, textOf, walk, type Tree } from '../../../sql/walk';

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
    if (arm['whereClause'] ?? arm['limitCount'] ?? joins(arm)) return;
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

const joins = (arm: Tree): true | undefined =>
  children(arm, 'fromClause').some((from) => 'JoinExpr' in from) || undefined;

/** The same where there is no estimate, because what is read is not there yet: what falls apart is refused. */
export function fallsApart(statement: ParsedStatement): string | undefined {
  const apart = unjoinedIn(statement).find(({ large }) => large > 1);
  return (
    apart &&
    `joins every row of ${apart.parts.map((part) => part.join(', ')).join(' with every row of ')}, and how many there will be is not known yet: say on what they are joined`
  );
}
