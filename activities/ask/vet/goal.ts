import { bundleFiles } from '../../admit';
import { checkGoal, type Registry } from '../../../capabilities/document';
import { goalIn } from '../../../capabilities/environment';
import type { AskInput, Asked } from '../../../schemas/ask';
import { SluiceError, type Fault } from '../../../schemas/errors';
import type { Goal } from '../../../schemas/goal';
import type { Bundle } from '../../services';
import type { Submitted } from '../control/submit-goal';
import type { ToolContext } from '../tools/tool';
import { underHead } from './head';
import { secretFaults } from './secrets';

export type Vetted =
  | { ok: true; bundle: Bundle; document: Record<string, unknown>; notes: string[] }
  | { ok: false; faults: Fault[] };

export type VetGoal = (planned: Submitted, ctx: ToolContext) => Promise<Vetted>;

/**
 * Checks a model's goal document as a person's would be checked, and by the rules that hold for a model besides. What
 * passes is a bundle, with what its gate shows of where it came from.
 */
export function goalVetter(registry: Registry, kinds: ReadonlySet<string>): VetGoal {
  const allowed: Registry = new Map([...registry].filter(([kind]) => kinds.has(kind)));
  return async (planned, ctx) => {
    const input = await ctx.services.store.artifacts.getJson<AskInput>(ctx.agent.ask.input);
    const { document, notes } = underHead(planned.document, input.head ?? {}, () => false);
    const secrets = secretFaults(document);
    if (secrets.length > 0) return { ok: false, faults: secrets };
    const { environment, config, root } = ctx.bundle;
    try {
      const goal: Goal = goalIn(environment, config, document, (params) =>
        checkGoal(document, allowed, params),
      );
      const files = await bundleFiles(goal, registry, root);
      const asked: Asked = {
        askId: ctx.agent.ask.askId,
        text: input.text,
        by: ctx.agent.ask.by,
        assumptions: planned.assumptions,
        questions: planned.questions,
        explanation: planned.explanation,
        citations: planned.citations,
        beyond: [],
      };
      return { ok: true, bundle: { ...ctx.bundle, goal, files, asked }, document, notes };
    } catch (cause) {
      if (!(cause instanceof SluiceError)) throw cause;
      const { faults, place, message } = cause.problem;
      return { ok: false, faults: faults ?? [{ path: place ?? '(document)', message }] };
    }
  };
}
