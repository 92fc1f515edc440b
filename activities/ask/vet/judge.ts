import { llmOf } from '../../../schemas/llm';
import type { RelationName } from '../../../schemas/change';
import type { Fault } from '../../../schemas/errors';
import type { Beyond } from '../../../schemas/ask';
import type { Goal, Step } from '../../../schemas/goal';
import { readRelation } from '../../../sql/quote';
import { relationsIn } from '../../../sql/parse';
import type { Warehouse } from '../../../warehouses/warehouse';
import type { Bundle } from '../../services';
import { relationsFor } from '../tools/look';
import type { ToolContext } from '../tools/tool';
import type { WhatWasAsked } from './asking';
import { copiesIn } from './copies';
import { judgeDestruction } from './destructive';
import { effectsOf, type Effect } from './effects';
import { lookalikeFaults } from './lookalikes';
import { readSql, type StepSql } from './queries';
import { resolve, type Resolved } from './resolve';
import { beyondOf, isAsBefore } from './scope';
import { spelledSecretFaults } from './secrets';
import { columnsOf, liveOf, Making, referencesOf } from './surroundings';

/** A look may take so long; what takes longer is found out in the rehearsal. */
const LOOK_MS = 20_000;

/**
 * What a checked goal would do, against the warehouse as it is and against what was asked: faults, which go back to the
 * model, and what goes beyond the words, which goes to the gate.
 */
export async function judgeGoal(
  bundle: Bundle,
  document: Record<string, unknown>,
  asking: WhatWasAsked,
  ctx: ToolContext,
): Promise<{ faults: Fault[]; beyond: Beyond[] }> {
  const { goal, files } = bundle;
  const read = await readSql(goal, pathsIn(document), files);
  if (read.faults.length > 0) return { faults: read.faults, beyond: [] };
  const { sql } = read;
  const seen = [...twice(goal, pathsIn(document)), ...spelledSecretFaults(sql), ...lookalikeFaults(sql)];
  if (seen.length > 0) return { faults: seen, beyond: [] };
  const warehouse = await warehouseOf(bundle, ctx);
  const looked = await look(warehouse, bundle, sql, ctx);
  const fresh = looked.effects.filter(({ step }) => !isAsBefore(step, asking.base?.goal));
  // A condition is tried on rows only when everything in the SQL has been found to be harmless.
  const sound = looked.resolved.faults.length === 0;
  const destruction = await judgeDestruction(
    fresh,
    asking.words,
    warehouse.live,
    ctx.signal,
    sound,
    looked.live,
  );
  const faults = [...looked.resolved.faults, ...destruction.faults];
  if (faults.length > 0) return { faults: unique(faults), beyond: [] };
  const beyond = beyondOf(
    {
      goal,
      effects: looked.effects,
      gives: looked.resolved.gives,
      reads: readsOf(sql, true),
      sourceReads: readsOf(sql, false),
      columns: looked.columns,
      references: looked.references,
      live: looked.live,
      copies: copiesIn(sql),
      carries: looked.resolved.carries,
    },
    {
      words: asking.words,
      head: asking.input.head ?? {},
      config: bundle.config,
      warehouse: ctx.warehouse.name,
      ...(asking.base ? { base: asking.base } : {}),
    },
  );
  return { faults: [], beyond: [...beyond, ...destruction.beyond] };
}

/** The one that the goal names; where the person has named none, the one that was looked into all along. */
function warehouseOf(bundle: Bundle, ctx: ToolContext): Promise<Warehouse> {
  return bundle.goal.warehouse === ctx.warehouse.name
    ? Promise.resolve(ctx.warehouse)
    : ctx.services.warehouse(bundle);
}

interface Sight {
  effects: Effect[];
  resolved: Resolved;
  columns: Map<RelationName, string[]>;
  references: [RelationName, RelationName][];
  live: readonly RelationName[];
}

function look(
  warehouse: Warehouse,
  { goal, config }: Bundle,
  sql: readonly StepSql[],
  ctx: ToolContext,
): Promise<Sight> {
  return warehouse.live.read(
    async (session) => {
      const there = await liveOf(session);
      const effects = effectsOf(goal, sql, (relation) => there.has(relation));
      const names = [...effects.map(({ relation }) => relation), ...[...readsOf(sql, true).values()].flat()];
      const columns = await columnsOf(session, names);
      const references = await referencesOf(session, names, columns);
      const resolved = await resolve(session, goal, sql, effects, {
        live: { ...there, columns },
        making: new Making(goal, effects, there),
        planRows: llmOf(config).limits.planRows,
        heartbeat: () => ctx.heartbeat(),
        hidden: (names) => relationsFor(session, ctx, names),
      });
      return { effects, resolved, columns, references, live: there.names };
    },
    { statementTimeoutMs: LOOK_MS, signal: ctx.signal },
  );
}

/** Two models of one name: which of them stays, only their order would tell. */
function twice(goal: Goal, pathOf: (step: Step) => string): Fault[] {
  const made = new Map<RelationName, Step>();
  return goal.steps.flatMap((step): Fault[] => {
    const { name } = step.input as { name?: string };
    if (step.kind !== 'model' || name === undefined) return [];
    const relation = readRelation(name);
    const other = made.get(relation);
    made.set(relation, step);
    if (!other) return [];
    return [
      {
        path: `${pathOf(step)}.model.name`,
        message: `step "${other.id}" makes ${relation} as well: leave one of them out, or name it otherwise`,
      },
    ];
  });
}

/** Where a step stands in what the model wrote: a checked goal has them in another order. */
function pathsIn(document: Record<string, unknown>): (step: Step) => string {
  const steps = document.steps as { id?: unknown }[];
  return (step) => `steps[${steps.findIndex(({ id }) => id === step.id)}]`;
}

/** By step, what its queries read: here, or in a source. */
function readsOf(sql: readonly StepSql[], ofHere: boolean): Map<string, RelationName[]> {
  const reads = new Map<string, RelationName[]>();
  for (const { step, statements, here } of sql) {
    const names = here === ofHere ? statements.flatMap((statement) => relationsIn(statement).reads) : [];
    reads.set(step.id, [...new Set([...(reads.get(step.id) ?? []), ...names])]);
  }
  return reads;
}

function unique(faults: readonly Fault[]): Fault[] {
  const seen = new Set<string>();
  return faults.filter(({ path, message }) => {
    const key = `${path}: ${message}`;
    return seen.has(key) ? false : seen.add(key);
  });
}
