import { z } from 'zod';
import { findStart } from '../../../capabilities/lineage/start';
import { relationSchema } from '../../../schemas/goal';
import { normaliseRelation } from '../../../sql/quote';
import {
  LineageGraph,
  type Direction,
  type LineageHop,
  type LineageNode,
} from '../../../store/lineage/graph';
import { pathAsData, nameAsData } from '../mask/names';
import { fitting } from './limits';
import type { Tool } from './tool';

const inputSchema = z.strictObject({
  table: relationSchema.describe('A table or view: schema.name'),
  column: z.string().min(1).max(63).optional().describe('Only of this column.'),
  direction: z
    .enum(['upstream', 'downstream', 'both'])
    .default('both')
    .describe('upstream: what it is made of; downstream: what is made of it.'),
});

const HOPS = 200;

export const lineage: Tool<z.infer<typeof inputSchema>> = {
  name: 'lineage',
  description:
    'What a table or column is made of (upstream) and what is made of it (downstream), as past runs have recorded it: who reads it, which goal and step make it. Use it before you change or drop what others may depend on.',
  input: inputSchema,
  async run({ table, column, direction }, ctx) {
    ctx.heartbeat();
    const graph = new LineageGraph(ctx.services.store.db);
    const wanted = normaliseRelation(table);
    const { start } = await findStart(graph, column === undefined ? wanted : `${wanted}.${column}`);
    const walk = async (way: Direction): Promise<object[]> =>
      (await graph.walk(start, way)).slice(0, HOPS).map(hopAsData);
    const content = {
      of: nodeAsData(start),
      ...(direction === 'downstream' ? {} : { upstream: await walk('up') }),
      ...(direction === 'upstream' ? {} : { downstream: await walk('down') }),
    };
    return { content: fitting(content) };
  },
};

/** Without the server it is on: the database and the name in it, or the last parts of a file's path. */
function nodeAsData({ namespace, name, field }: LineageNode): string {
  const shown =
    namespace === 'file'
      ? `file:${name.split('/').slice(-2).join('/')}`
      : name.split('.').slice(-2).join('.');
  return pathAsData(field === undefined ? shown : `${shown}.${field}`);
}

function hopAsData({ from, to, how, goal, step, at, partial }: LineageHop): object {
  return {
    from: nodeAsData(from),
    to: nodeAsData(to),
    ...(how.length > 0 ? { how } : {}),
    goal: nameAsData(goal),
    step: nameAsData(step),
    at: at.toISOString().slice(0, 10),
    ...(partial === undefined ? {} : { columns_not_all_known: true }),
  };
}
