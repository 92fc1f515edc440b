import type { ReadSession } from '../../../warehouses/warehouse';

/** One node of PostgreSQL's plan, as `explain (format json, verbose)` gives it; only what is used. */
export interface PlanNode {
  'Node Type': string;
  'Plan Rows': number;
  'Plan Width': number;
  'Total Cost': number;
  'Join Type'?: string;
  'Join Filter'?: string;
  'Index Cond'?: string;
  'Recheck Cond'?: string;
  'Index Name'?: string;
  Filter?: string;
  Schema?: string;
  'Relation Name'?: string;
  Plans?: PlanNode[];
}

export interface Plan {
  rows: number;
  width: number;
  cost: number;
  /** The most that any node gives. */
  mostRows: number;
  cartesian: boolean;
  top: PlanNode;
}

/** What the server would do, found out without doing it. */
export async function planOf(session: ReadSession, select: string): Promise<Plan> {
  const [row] = await session.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (format json, verbose) ${select}`,
  );
  const top = row!['QUERY PLAN'][0].Plan;
  const nodes = allNodes(top);
  return {
    rows: top['Plan Rows'],
    width: top['Plan Width'],
    cost: top['Total Cost'],
    mostRows: Math.max(...nodes.map((node) => node['Plan Rows'])),
    cartesian: nodes.some(isCartesian),
    top,
  };
}

export function allNodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(allNodes)];
}

/** Two sides of many rows each, and nothing that says which belong together. */
export function isCartesian(node: PlanNode): boolean {
  if (node['Node Type'] !== 'Nested Loop' || node['Join Filter'] !== undefined) return false;
  const [outer, inner] = node.Plans ?? [];
  if (!outer || !inner || outer['Plan Rows'] < 2 || inner['Plan Rows'] < 2) return false;
  return !allNodes(inner).some(
    (each) => each['Index Cond'] ?? each['Recheck Cond'] ?? (each['Node Type'] === 'Memoize' || undefined),
  );
}
