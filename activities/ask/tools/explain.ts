import { z } from 'zod';
import { llmOf } from '../../../schemas/llm';
import { nameAsData } from '../mask/names';
import { fitting } from './limits';
import { look } from './look';
import { allNodes, isCartesian, type Plan, type PlanNode } from './plan';
import { vetQuery } from './query-rows';
import type { MaskedRelation } from '../mask/columns';
import type { Tool } from './tool';

const inputSchema = z.strictObject({
  sql: z.string().min(1).max(20_000).describe('One SELECT: of a model, a check, or one you want to run.'),
});

/** From so many rows on, reading all of a table for a few of them is worth a word. */
const LARGE = 10_000;

export const explain: Tool<z.infer<typeof inputSchema>> = {
  name: 'explain',
  description:
    "The planner's estimate of what one SELECT costs, without running it: rows, cost, bytes, the steps of the plan, and what stands out (a join of everything with everything, a large table read for a few rows).",
  input: inputSchema,
  async run({ sql }, ctx) {
    const content = await look(ctx, async (session) => {
      const { plan, shape, relations } = await vetQuery(session, ctx, sql);
      const { planRows } = llmOf(ctx.bundle.config).limits;
      return {
        rows: plan.rows,
        bytes_a_row: plan.width,
        cost: plan.cost,
        most_rows: plan.mostRows,
        limit: planRows,
        within_limit: plan.mostRows <= planRows,
        hints: hintsOf(plan, [...relations.values()]),
        columns: shape.columns.map(({ name, type }) => ({ name: nameAsData(name), type })),
        reads: shape.reads.map((name) => nameAsData(name, 130)),
        steps: stepsOf(plan.top),
      };
    });
    return { content: fitting(content) };
  },
};

/** The plan as a list, each step with its depth; conditions may quote what a view was made with, so they stay out. */
function stepsOf(top: PlanNode): object[] {
  const steps: object[] = [];
  const visit = (node: PlanNode, depth: number): void => {
    const relation = relationOf(node);
    steps.push({
      depth,
      step: node['Node Type'],
      ...(relation === undefined ? {} : { on: nameAsData(relation, 130) }),
      ...(node['Index Name'] === undefined ? {} : { index: nameAsData(node['Index Name']) }),
      rows: node['Plan Rows'],
      cost: node['Total Cost'],
    });
    for (const below of node.Plans ?? []) visit(below, depth + 1);
  };
  visit(top, 0);
  return steps.slice(0, 100);
}

const relationOf = (node: PlanNode): string | undefined =>
  node['Relation Name'] === undefined ? undefined : `${node.Schema ?? 'public'}.${node['Relation Name']}`;

function hintsOf(plan: Plan, relations: readonly MaskedRelation[]): object[] {
  const hints: object[] = [];
  for (const node of allNodes(plan.top)) {
    if (isCartesian(node))
      hints.push({
        hint: 'cartesian',
        rows: node['Plan Rows'],
        advice: 'Nothing says which rows of the two sides belong together: join on keys.',
      });
    const relation = relationOf(node);
    if (
      !/^(Parallel )?Seq Scan$/.test(node['Node Type']) ||
      node.Filter === undefined ||
      relation === undefined
    )
      continue;
    const known = relations.find((each) => each.relation === relation);
    const rows = known?.rows ?? 0;
    if (rows < LARGE || node['Plan Rows'] > rows / 20) continue;
    const words = new Set(node.Filter.match(/[\p{L}_][\p{L}\p{N}_$]*/gu));
    const columns = known!.columns.filter(({ name }) => words.has(name)).map(({ name }) => nameAsData(name));
    hints.push({
      hint: 'missing_index',
      on: nameAsData(relation, 130),
      columns,
      reads: rows,
      keeps: node['Plan Rows'],
      advice: 'All of the table is read for a few rows: an index on these columns would help.',
    });
  }
  const sizes = relations.filter(
    ({ rows, relkind }) => rows === undefined && (relkind === 'r' || relkind === 'p'),
  );
  if (sizes.length > 0)
    hints.push({
      hint: 'no_statistics',
      on: sizes.map(({ relation }) => nameAsData(relation, 130)),
      advice: 'These were never analysed: estimates are guesses.',
    });
  return hints;
}
