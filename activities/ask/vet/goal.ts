import { bundleFiles } from '../../admit';
import { checkGoal, type Registry } from '../../../capabilities/document';
import { goalIn } from '../../../capabilities/environment';
import { scrub } from '../../../governance/redact';
import { withoutSecrets } from '../../../governance/secret-shapes';
import type { Asked, Beyond } from '../../../schemas/ask';
import { fail, SluiceError, type Fault } from '../../../schemas/errors';
import type { Goal } from '../../../schemas/goal';
import type { Bundle } from '../../services';
import type { Submitted } from '../control/submit-goal';
import type { ToolContext } from '../tools/tool';
import { whatWasAsked, type WhatWasAsked } from './asking';
import { allowedFaults, registryOf } from './kinds';
import { judgeGoal } from './judge';
import { underHead } from './head';
import { secretFaults } from './secrets';
import { spells } from './words';

export type Vetted =
  | { ok: true; bundle: Bundle; document: Record<string, unknown>; notes: string[] }
  | { ok: false; faults: Fault[] };

export type VetGoal = (planned: Submitted, ctx: ToolContext) => Promise<Vetted>;

/**
 * Checks a model's goal document as a person's would be checked, and by the rules that hold for a model besides. What
 * passes is a bundle, with what its gate shows of where it came from; it is still rehearsed, and approved, as any other.
 */
export function goalVetter(registry: Registry, kinds: ReadonlySet<string>): VetGoal {
  const allowed = registryOf(registry, kinds);
  return async (planned, ctx) => {
    const asking = await whatWasAsked(ctx);
    const { document, notes } = underHead(
      planned.document,
      headOf(asking),
      (key, value) =>
        typeof value === 'string' && (key !== 'owner' || value.length > 2) && spells(asking.words, value),
    );
    const secrets = [...secretFaults(document), ...secretFaults(proseOf(planned))];
    if (secrets.length > 0) return { ok: false, faults: secrets };
    const read = await checked(document, allowed, ctx);
    if (!read.ok) return { ok: false, faults: allowedFaults(read.faults, allowed) };
    const judged = await judgeGoal(read.bundle, document, asking, ctx);
    if (judged.faults.length > 0) return { ok: false, faults: judged.faults };
    const asked = askedOf(planned, asking, judged.beyond, ctx);
    return { ok: true, bundle: { ...read.bundle, asked }, document, notes };
  };
}

/** What the person has fixed; of a goal under recovery, all of its head that says when, where and for whom. */
function headOf({ input, base }: WhatWasAsked): Record<string, unknown> {
  if (!base) return input.head ?? {};
  const { goal, owner, warehouse, onFailure } = base.goal;
  return { ...input.head, goal, warehouse, onFailure, ...(owner === undefined ? {} : { owner }) };
}

/** The same check that a person's document meets, as a bundle. */
async function checked(
  document: Record<string, unknown>,
  allowed: Registry,
  ctx: ToolContext,
): Promise<{ ok: true; bundle: Bundle } | { ok: false; faults: Fault[] }> {
  const { environment, config, root } = ctx.bundle;
  try {
    const goal = goalIn(environment, config, document, (params) => checkGoal(document, allowed, params));
    assertWarehouse(goal, ctx.bundle);
    const files = await bundleFiles(goal, allowed, root);
    return { ok: true, bundle: { ...ctx.bundle, goal, files } };
  } catch (cause) {
    if (!(cause instanceof SluiceError)) throw cause;
    const { faults, place, message, next } = cause.problem;
    return { ok: false, faults: faults ?? [{ path: place ?? '(document)', message: `${message} ${next}` }] };
  }
}

function assertWarehouse({ warehouse }: Goal, { config }: Bundle): void {
  if (warehouse === 'local' || config.connections[warehouse]?.kind === 'postgres') return;
  const known = Object.entries(config.connections).flatMap(([name, { kind }]) =>
    kind === 'postgres' ? [name] : [],
  );
  const message = `there is no warehouse "${warehouse}"; there are: ${['local', ...known].join(', ')}`;
  throw fail('invalid_goal', message, { next: 'Leave it out.', faults: [{ path: 'warehouse', message }] });
}

function proseOf({ assumptions, questions, explanation, citations, cause, evidence }: Submitted): object {
  return { assumptions, questions, explanation, citations, cause, evidence };
}

function askedOf(planned: Submitted, asking: WhatWasAsked, beyond: Beyond[], ctx: ToolContext): Asked {
  return {
    askId: ctx.agent.ask.askId,
    text: withoutSecrets(scrub(asking.input.text)),
    by: ctx.agent.ask.by,
    assumptions: planned.assumptions,
    questions: planned.questions,
    explanation: planned.explanation,
    citations: planned.citations,
    beyond,
  };
}
