import { checkGoal, type Registry } from '../../../capabilities/document';
import { llmOf } from '../../../schemas/llm';
import { SluiceError, type Fault } from '../../../schemas/errors';
import { isObject } from '../control/arguments';
import type { ToolContext } from '../tools/tool';
import { effectsOf } from './effects';
import { lookalikeFaults } from './lookalikes';
import { readSql } from './queries';
import { resolve } from './resolve';
import { secretFaults, spelledSecretFaults } from './secrets';
import { columnsOf, liveOf, Making } from './surroundings';

export type VetOutput = (output: unknown, ctx: ToolContext) => Promise<Fault[]>;

const LOOK_MS = 20_000;

/**
 * Looks at what a specialist proposes before the planner sees it: the same names, types and grammar as in a goal. Tables
 * that are not there are let pass, because an earlier step of the goal may make them; the goal as a whole is vetted again.
 */
export function outputVetter(registry: Registry): VetOutput {
  return async (output, ctx) => {
    const secrets = secretFaults(output);
    if (secrets.length > 0) return secrets;
    const { steps, paths } = stepsOf(output);
    if (steps.length === 0) return [];
    const document = { apiVersion: 'sluice/v1', goal: 'proposal', steps };
    const own = ({ path, message }: Fault): Fault => ({ path: renamed(path, paths), message });
    try {
      const goal = checkGoal(document, registry);
      const { sql, faults } = await readSql(
        goal,
        (step) => `steps[${steps.findIndex(({ id }) => id === step.id)}]`,
        {},
      );
      if (faults.length > 0) return faults.map(own);
      const seen = [...spelledSecretFaults(sql), ...lookalikeFaults(sql)];
      if (seen.length > 0) return seen.map(own);
      return await ctx.warehouse.live.read(
        async (session) => {
          const there = await liveOf(session);
          const effects = effectsOf(goal, sql, there.has);
          const columns = await columnsOf(
            session,
            effects.map(({ relation }) => relation),
          );
          const found = await resolve(session, goal, sql, effects, {
            live: { ...there, columns },
            making: new Making(goal, effects, there, 'anything may be made before'),
            planRows: llmOf(ctx.bundle.config).limits.planRows,
            heartbeat: () => ctx.heartbeat(),
          });
          return found.faults.map(own);
        },
        { statementTimeoutMs: LOOK_MS, signal: ctx.signal },
      );
    } catch (cause) {
      if (!(cause instanceof SluiceError) || !cause.problem.faults) throw cause;
      return cause.problem.faults.map(own);
    }
  };
}

type Steps = Record<string, unknown>[];

/** The proposal as steps of a goal, and what each is called in the proposal. */
function stepsOf(output: unknown): { steps: Steps; paths: string[] } {
  const none = { steps: [], paths: [] };
  if (!isObject(output)) return none;
  if (isObject(output.model)) return { steps: [{ id: 'proposal', model: output.model }], paths: ['model'] };
  if (Array.isArray(output.statements))
    return {
      steps: [{ id: 'proposal', sql: { statements: output.statements.join(';\n') } }],
      paths: ['statements'],
    };
  const listed = Array.isArray(output.steps) ? 'steps' : Array.isArray(output.checks) ? 'checks' : undefined;
  if (listed === undefined) return none;
  const list = output[listed] as Steps;
  // What they need may be steps that the planner has and the specialist has not.
  const steps = list.map(({ needs: _needs, ...step }) => step);
  return { steps, paths: list.map((_, index) => `${listed}[${index}]`) };
}

function renamed(path: string, paths: readonly string[]): string {
  const found = /^steps\[(\d+)\](?:\.(?:model|sql\.statements|sql))?/.exec(path);
  return found ? `${paths[Number(found[1])] ?? ''}${path.slice(found[0].length)}` : path;
}
