import { stringify } from 'yaml';
import { bundleFiles } from '../../admit';
import { checkGoal, type Registry } from '../../../capabilities/document';
import { goalIn } from '../../../capabilities/environment';
import { scrub } from '../../../governance/redact';
import { withoutSecrets } from '../../../governance/secret-shapes';
import type { Asked, Beyond } from '../../../schemas/ask';
import { fail, SluiceError, type Fault } from '../../../schemas/errors';
import type { Goal, Step } from '../../../schemas/goal';
import { canonicalJson } from '../../../store/digest';
import { unifiedDiff } from '../../../sql/unified-diff';
import type { Bundle } from '../../services';
import type { Submitted } from '../control/submit-goal';
import { documentOf } from '../document-of';
import type { ToolContext } from '../tools/tool';
import { whatWasAsked, type WhatWasAsked } from './asking';
import { allowedFaults, registryOf } from './kinds';
import { judgeGoal } from './judge';
import { underHead } from './head';
import { secretFaults } from './secrets';
import { share, spells } from './words';

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
        typeof value === 'string' &&
        (key !== 'owner' || OWNS.test(asking.words.text)) &&
        spells(asking.words, value),
    );
    const secrets = [...secretFaults(document), ...secretFaults(proseOf(planned))];
    if (secrets.length > 0) return { ok: false, faults: secrets };
    const read = await checked(document, allowed, asking, ctx);
    if (!read.ok) return { ok: false, faults: allowedFaults(read.faults, allowed) };
    const judged = await judgeGoal(read.bundle, document, asking, ctx);
    if (judged.faults.length > 0) return { ok: false, faults: judged.faults };
    const beyond = [...judged.beyond, ...(await takenName(read.bundle.goal, asking, ctx))];
    const asked = askedOf(planned, asking, beyond, read.bundle.goal, ctx);
    return { ok: true, bundle: { ...read.bundle, asked }, document, notes };
  };
}

/**
 * A goal is known by its name: a run of it takes the place of what that goal did before, a schedule that of its schedule.
 * So the name of somebody else's goal has to be the person's word.
 */
async function takenName({ goal }: Goal, asking: WhatWasAsked, ctx: ToolContext): Promise<Beyond[]> {
  const { words, input, base } = asking;
  if (goal === base?.goal.goal || Object.hasOwn(input.head ?? {}, 'goal')) return [];
  if (spells(words, goal) || share(words, goal) === 1) return [];
  const { runs, schedules } = ctx.services.store;
  const [run, schedule] = await Promise.all([runs.list({ goal, limit: 1 }), schedules.find(goal)]);
  const owner = schedule?.registeredBy ?? run[0]?.startedBy;
  if (owner === undefined || owner === ctx.agent.ask.by) return [];
  const reason = `there is a goal of that name already (${schedule ? 'registered' : 'last run'} by ${owner}), which it would take the place of, and the words do not name it`;
  return [{ what: 'goal', name: goal, reason }];
}

/** Words that say whose something is: a name that only occurs in an ask owns nothing. */
const OWNS =
  /\b(own(er|ed|s)?|belongs? to|responsible|on behalf of|team|besitzer|eigentum\w*|gehort|verantwortlich\w*|proprietaire|appartient|responsab\w*|duen[oa]|pertenece|proprietari[oa]|eigenaar)\b|所有者|负责|担当|владел/u;

/** What the person has fixed; of a goal under recovery, all of its head that says when, where and for whom. */
function headOf({ input, base }: WhatWasAsked): Record<string, unknown> {
  if (!base) return input.head ?? {};
  const { steps: _steps, params: _params, description: _description, ...head } = documentOf(base.goal);
  return { ...head, ...input.head };
}

/** The same check that a person's document meets, as a bundle. */
async function checked(
  document: Record<string, unknown>,
  allowed: Registry,
  { base }: WhatWasAsked,
  ctx: ToolContext,
): Promise<{ ok: true; bundle: Bundle } | { ok: false; faults: Fault[] }> {
  const { environment, config, root } = ctx.bundle;
  try {
    const goal = goalIn(environment, config, document, (params) => checkGoal(document, allowed, params));
    assertWarehouse(goal, ctx.bundle);
    // SQL files travel with a goal: those of the run that failed are taken as they were then.
    const unknown = {
      ...goal,
      steps: goal.steps.filter(
        (step) => !named(step, allowed).every((path) => base?.files[path] !== undefined),
      ),
    };
    const files = {
      ...filesOf(goal, allowed, base?.files ?? {}),
      ...(await bundleFiles(unknown, allowed, root)),
    };
    return { ok: true, bundle: { ...ctx.bundle, goal, files } };
  } catch (cause) {
    if (!(cause instanceof SluiceError)) throw cause;
    const { faults, place, message, next } = cause.problem;
    return { ok: false, faults: faults ?? [{ path: place ?? '(document)', message: `${message} ${next}` }] };
  }
}

const named = ({ kind, input }: Step, allowed: Registry): string[] =>
  allowed.get(kind)?.bundle?.(input) ?? [];

function filesOf(
  goal: Goal,
  allowed: Registry,
  known: Readonly<Record<string, string>>,
): Record<string, string> {
  const paths = goal.steps.flatMap((step) => named(step, allowed));
  return Object.fromEntries(
    paths.flatMap((path) => (known[path] === undefined ? [] : [[path, known[path]]])),
  );
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

function askedOf(
  planned: Submitted,
  asking: WhatWasAsked,
  beyond: Beyond[],
  goal: Goal,
  ctx: ToolContext,
): Asked {
  return {
    askId: ctx.agent.ask.askId,
    text: withoutSecrets(scrub(asking.input.text)),
    by: ctx.agent.ask.by,
    assumptions: planned.assumptions,
    questions: planned.questions,
    explanation: planned.explanation,
    citations: planned.citations,
    beyond,
    ...(asking.base ? { recovers: recoversOf(planned, asking.base, goal) } : {}),
  };
}

/** Why the run failed, and the change to its goal: of both documents as a check has filled them in, as YAML. */
function recoversOf(
  { cause = '', evidence = [] }: Submitted,
  base: NonNullable<WhatWasAsked['base']>,
  goal: Goal,
): NonNullable<Asked['recovers']> {
  // One of them comes from the store, with its keys in another order.
  const inOrder = (of: Goal): Goal => JSON.parse(canonicalJson(of)) as Goal;
  const text = (of: Goal): string => stringify(documentOf(inOrder(of)), { lineWidth: 0 });
  const diff = unifiedDiff(text(base.goal), text(goal), [`run ${base.runId}`, 'proposed']);
  return { runId: base.runId, attempt: base.attempt, cause, evidence, diff };
}
