import { fail, type Fault } from '../schemas/errors';
import {
  durationMs,
  goalHeadSchema,
  stepBaseSchema,
  type Goal,
  type ParamValue,
  type Step,
} from '../schemas/goal';
import type { Capability } from './capability';
import { isAskDocument, unplanned } from './ask-document';
import { faultsOf, pathText } from './faults';
import { assertNoSecrets } from './literal-secrets';
import { bindParams, type GivenParams, timeParamsOf } from './params';

export type Registry = ReadonlyMap<string, Capability>;

const STEP_KEYS = new Set(Object.keys(stepBaseSchema.shape));

/**
 * Checks a goal document and returns it in canonical form: defaults filled in, parameters bound, steps in an order
 * that respects `needs` (ties in the order written). Collects every fault before it throws `invalid_goal`
 * (`literal_secret` when a credential is written out). With `by: 'schedule'`, parameters that a scheduled run binds
 * from its time need no value yet.
 */
export function checkGoal(
  document: unknown,
  registry: Registry,
  given: GivenParams = {},
  by: 'person' | 'schedule' = 'person',
): Goal {
  assertNoSecrets(document);
  if (isAskDocument(document)) throw unplanned(document);
  const head = goalHeadSchema.safeParse(document);
  const faults: Fault[] = head.success ? [] : faultsOf(head.error);
  const rawSteps = rawStepsOf(document);
  const steps = rawSteps.map((raw, index) => checkStep(raw, index, registry, faults));
  const named = steps.filter((step): step is Step => step !== undefined);
  checkNames(rawSteps, faults);
  if (faults.length === 0) checkCycles(named, faults);
  let params: Record<string, ParamValue> = {};
  if (head.success) params = bindParams(head.data.params, given, faults, by);
  if (faults.length > 0 || !head.success) {
    const first = faults[0]!;
    throw fail(
      'invalid_goal',
      faults.length === 1
        ? `The goal document has a fault at ${first.path}: ${first.message}.`
        : `The goal document has ${faults.length} faults; the first is at ${first.path}: ${first.message}.`,
      { next: 'Correct the document and run the command again.', faults, place: first.path },
    );
  }
  const { deadline, steps: _raw, onFailure, params: declared, ...rest } = head.data;
  const timeParams = timeParamsOf(declared);
  return {
    ...rest,
    params,
    ...(timeParams && { timeParams }),
    onFailure: onFailure ?? (rest.schedule || rest.trigger ? 'keep' : 'undo'),
    deadlineMs: durationMs(deadline),
    steps: inOrder(named),
  };
}

function rawStepsOf(document: unknown): unknown[] {
  const steps = (document as { steps?: unknown } | null)?.steps;
  return Array.isArray(steps) ? steps : [];
}

function checkStep(raw: unknown, index: number, registry: Registry, faults: Fault[]): Step | undefined {
  const path = ['steps', index] as const;
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    faults.push({ path: pathText(path), message: 'a step is a mapping with an id and one kind' });
    return undefined;
  }
  const base = stepBaseSchema.safeParse(raw);
  if (!base.success) faults.push(...faultsOf(base.error, path));
  const others = Object.keys(raw).filter((key) => !STEP_KEYS.has(key));
  const kinds = others.filter((key) => registry.has(key));
  for (const key of others.filter((other) => !registry.has(other))) {
    faults.push({
      path: pathText([...path, key]),
      message: `unknown key (kinds of step: ${[...registry.keys()].join(', ')})`,
    });
  }
  if (kinds.length !== 1) {
    if (kinds.length > 1 || others.length === 0) {
      const found = kinds.length === 0 ? 'none' : kinds.join(' and ');
      faults.push({
        path: pathText(path),
        message: `a step has exactly one kind (${[...registry.keys()].join(', ')}); found ${found}`,
      });
    }
    return undefined;
  }
  const kind = kinds[0]!;
  const capability = registry.get(kind)!;
  const input = capability.input.safeParse((raw as Record<string, unknown>)[kind]);
  if (!input.success) {
    faults.push(...faultsOf(input.error, [...path, kind]));
    return undefined;
  }
  for (const fault of capability.lint?.(input.data) ?? []) {
    faults.push({ path: `${pathText([...path, kind])}.${fault.path}`, message: fault.message });
  }
  return base.success ? { ...base.data, kind, input: input.data } : undefined;
}

function checkNames(rawSteps: unknown[], faults: Fault[]): void {
  const ids = rawSteps.map((raw) => (raw as { id?: unknown } | null)?.id);
  const seen = new Set<unknown>();
  rawSteps.forEach((raw, index) => {
    const id = ids[index];
    if (typeof id === 'string' && seen.has(id)) {
      faults.push({ path: pathText(['steps', index, 'id']), message: `another step is called "${id}"` });
    }
    seen.add(id);
    const needs = (raw as { needs?: unknown } | null)?.needs;
    if (!Array.isArray(needs)) return;
    needs.forEach((need: unknown, at) => {
      if (typeof need !== 'string' || ids.includes(need)) return;
      faults.push({ path: pathText(['steps', index, 'needs', at]), message: `there is no step "${need}"` });
    });
  });
}

function checkCycles(steps: Step[], faults: Fault[]): void {
  const ordered = new Set(inOrder(steps).map((step) => step.id));
  const stuck = steps.filter((step) => !ordered.has(step.id)).map((step) => step.id);
  if (stuck.length > 0) {
    const index = steps.findIndex((step) => step.id === stuck[0]);
    faults.push({
      path: pathText(['steps', index, 'needs']),
      message: `these steps need each other: ${stuck.join(', ')}`,
    });
  }
}

/** Kahn's algorithm, the earliest written first; steps in a cycle are left out. */
function inOrder(steps: readonly Step[]): Step[] {
  const done = new Set<string>();
  const order: Step[] = [];
  for (let progress = true; progress;) {
    const next = steps.find((step) => !done.has(step.id) && step.needs.every((need) => done.has(need)));
    progress = next !== undefined;
    if (next) {
      done.add(next.id);
      order.push(next);
    }
  }
  return order;
}
