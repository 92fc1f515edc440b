import { Uncertain } from '../../lineage/columns/scope';
import { updateLineage } from '../../lineage/columns/update';
import { inputFields } from '../../lineage/columns/fields';
import type { Proposed } from '../../schemas/change';
import type { ChangeLineage, LineageInput, LineageOutput } from '../../schemas/lineage';
import { parseSql, relationsIn } from '../../sql/parse';
import { child, children, names, textOf, type Tree } from '../../sql/walk';
import type { ProposeContext } from '../capability';
import { knownRelations } from '../lineage/catalogue';
import { selectLineage } from '../lineage/query-lineage';
import { renamed, type Action } from './action';
import { isByHand, type SqlBody } from './body';
import type { SqlInput } from './input';
import { recognise } from './recognise';

/** What each statement does to which relation, and for those that write rows from a query, from which columns. */
export async function sqlLineage(
  input: SqlInput,
  { body, writes }: Proposed<SqlBody>,
  ctx: ProposeContext,
): Promise<ChangeLineage> {
  const inputs = new Map<string, LineageInput>();
  const outputs = new Map<string, LineageOutput>();
  for (const { text } of isByHand(body) ? [] : body.statements) {
    for (const statement of await parseSql(text)) {
      for (const action of await recognise(statement)) {
        const made = await ofAction(action, ctx);
        for (const item of made.inputs) inputs.set(nameOf(item), item);
        for (const output of made.outputs)
          outputs.set(nameOf(output), both(outputs.get(nameOf(output)), output));
      }
    }
  }
  // What is written besides (a table whose rows a cascade takes) is known by name only.
  for (const name of writes) {
    if (!/\.\*$|\(\)$/.test(name) && !outputs.has(name))
      outputs.set(name, { dataset: { kind: 'relation', name } });
  }
  return {
    inputs: [...inputs.values()],
    outputs: [...outputs.values()],
    sql: body.statements.map(({ text }) => text).join(';\n'),
    ...(input.file === undefined ? {} : { file: input.file }),
  };
}

const nameOf = ({ dataset }: { dataset: LineageOutput['dataset'] }): string =>
  dataset.kind === 'relation' ? dataset.name : '';

/** Several statements about one relation: what any of them does. */
function both(before: LineageOutput | undefined, after: LineageOutput): LineageOutput {
  if (!before) return after;
  const fields: NonNullable<LineageOutput['fields']> = { ...before.fields };
  for (const [name, list] of Object.entries(after.fields ?? {}))
    fields[name] = [...(fields[name] ?? []), ...list];
  const rows = [...(before.rows ?? []), ...(after.rows ?? [])];
  const known = before.fields !== undefined || after.fields !== undefined;
  return {
    ...before,
    ...after,
    ...(known ? { fields, rows } : {}),
    ...(before.lifecycle ? { lifecycle: before.lifecycle } : {}),
  };
}

type Made = Pick<ChangeLineage, 'inputs' | 'outputs'>;

async function ofAction(action: Action, ctx: ProposeContext): Promise<Made> {
  const one = (name: string, more: Partial<LineageOutput> = {}): Made => ({
    inputs: [],
    outputs: [{ dataset: { kind: 'relation', name }, ...more }],
  });
  switch (action.kind) {
    case 'create table':
    case 'create view': {
      const select = child(child(action.node, 'query'), 'SelectStmt');
      if (!select) return one(action.relation, { lifecycle: 'CREATE' });
      const into = child(action.node, 'into') ?? action.node;
      const aliases = names(children(into, action.kind === 'create view' ? 'aliases' : 'colNames'));
      return fromSelect(action.relation, select, ctx, aliases, 'CREATE');
    }
    case 'insert': {
      const select = child(child(action.node, 'selectStmt'), 'SelectStmt');
      if (!select || action.node['onConflictClause']) return one(action.relation, partial('ON CONFLICT'));
      const columns = children(action.node, 'cols').map(
        (col) => textOf(child(col, 'ResTarget'), 'name') ?? '',
      );
      return fromSelect(action.relation, select, ctx, columns);
    }
    case 'update':
      return fromUpdate(action.relation, action.node, ctx);
    case 'drop table':
    case 'drop view':
      return {
        inputs: [],
        outputs: action.relations.map((name) => ({ dataset: { kind: 'relation', name }, lifecycle: 'DROP' })),
      };
    case 'rename relation':
      return action.what === 'index'
        ? { inputs: [], outputs: [] }
        : one(renamed(action.relation, action.to), { lifecycle: 'RENAME', previous: action.relation });
    case 'delete':
      return one(action.relation);
    case 'merge':
      return one(action.relation, partial('MERGE'));
    case 'truncate':
      return {
        inputs: [],
        outputs: action.relations.map((name) => ({
          dataset: { kind: 'relation', name },
          lifecycle: 'TRUNCATE',
        })),
      };
    case 'create schema':
    case 'drop schema':
    case 'rename schema':
    case 'drop index':
    case 'setting':
      return { inputs: [], outputs: [] };
    case 'create object': {
      const select = child(child(action.node, 'query'), 'SelectStmt');
      if (action.object.of !== 'relation' || !action.query || !select) return { inputs: [], outputs: [] };
      const aliases = names(children(child(action.node, 'into'), 'colNames'));
      return fromSelect(action.object.name, select, ctx, aliases, 'CREATE');
    }
    case 'alter object':
    case 'drop object': {
      const relations = action.objects.filter(({ of }) => of === 'relation').map(({ name }) => name);
      const lifecycle = action.kind === 'drop object' ? 'DROP' : 'ALTER';
      return {
        inputs: [],
        outputs: relations.map((name) => ({ dataset: { kind: 'relation', name }, lifecycle })),
      };
    }
    case 'rename object':
      return action.object.of === 'relation' && action.to
        ? one(action.to.name, { lifecycle: 'RENAME', previous: action.object.name })
        : { inputs: [], outputs: [] };
    default:
      return one(action.relation, { lifecycle: 'ALTER' });
  }
}

const partial = (what: string): Partial<LineageOutput> => ({ partial: `${what} is not looked into` });

async function fromSelect(
  relation: string,
  select: Tree,
  ctx: ProposeContext,
  columns: readonly string[],
  lifecycle?: 'CREATE',
): Promise<Made> {
  const target = columns.length > 0 || lifecycle ? columns : await columnsOf(relation, ctx);
  const wanted = target.length > 0 ? target.map((name) => ({ name })) : undefined;
  const { inputs, output } = await selectLineage(ctx.session, select, wanted);
  return {
    inputs,
    outputs: [
      { dataset: { kind: 'relation', name: relation }, ...(lifecycle ? { lifecycle } : {}), ...output },
    ],
  };
}

async function columnsOf(relation: string, ctx: ProposeContext): Promise<readonly string[]> {
  return (await knownRelations(ctx.session, [relation], [])).relations.get(relation) ?? [];
}

async function fromUpdate(relation: string, update: Tree, ctx: ProposeContext): Promise<Made> {
  const named = relationsIn({ UpdateStmt: update });
  const known = await knownRelations(ctx.session, [...new Set([...named.reads, relation])], named.functions);
  const inputs = [...new Set([...named.reads, relation])].map((name): LineageInput => {
    const columns = known.columns.get(name);
    return { dataset: { kind: 'relation', name }, ...(columns ? { columns } : {}) };
  });
  const dataset = { kind: 'relation' as const, name: relation };
  try {
    const found = updateLineage(update, known);
    const fields = Object.fromEntries(found.columns.map(({ name, flow }) => [name!, inputFields(flow)]));
    return { inputs, outputs: [{ dataset, fields, rows: inputFields(found.dataset) }] };
  } catch (cause) {
    if (!(cause instanceof Uncertain)) throw cause;
    return { inputs, outputs: [{ dataset, partial: cause.message }] };
  }
}
