/* eslint-disable @typescript-eslint/no-require-imports -- loaded when the first policy is: it takes 90 ms and 80 MB */
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';
import { parse as parseYaml } from 'yaml';
import { fail, type Fault, type SluiceError } from '../../schemas/errors';
import { faultsOf } from '../../schemas/faults';
import { type Decide, decideSchema, type Policy } from '../../schemas/policy';
import { CEDAR_SCHEMA } from './cedar-schema';
import { compileRule, relationGlobs } from './compile';
import type { FactChange, Facts } from './facts';
import { fits } from './glob';
import { type Requirement, requirementOf } from './requirement';

let loaded: typeof Cedar | undefined;
const cedar = (): typeof Cedar => (loaded ??= require('@cedar-policy/cedar-wasm/nodejs') as typeof Cedar);

/** A policy's rules, as Cedar has understood them. */
export interface CompiledRules {
  /** Cedar's text by name, the rules' and the ones given as Cedar. */
  texts: Record<string, string>;
  /** Which of them match a change of a proposal; throws `policy_invalid` when one cannot be evaluated. */
  matching(facts: Facts, change: FactChange): string[];
  /** What each asks for. */
  asks: Record<string, Requirement>;
}

/**
 * Compiles rules to Cedar, adds the policies given as Cedar, and validates all of it against the schema.
 * Throws `policy_invalid` with every fault. `id` names the set in Cedar's cache: the same id, the same rules.
 */
export function compilePolicy(policy: Policy, id: string): CompiledRules {
  const texts: Record<string, string> = {};
  const asks: Record<string, Requirement> = {};
  for (const rule of policy.rules) {
    texts[rule.name] = compileRule(rule);
    asks[rule.name] = requirementOf(
      rule.decide,
      `${rule.name}${rule.description ? `: ${rule.description}` : ''}`,
    );
  }
  for (const given of givenAsCedar(policy.cedar)) {
    if (Object.hasOwn(texts, given.name))
      throw invalid([{ path: 'cedar', message: `two rules are called "${given.name}"` }]);
    texts[given.name] = given.text;
    asks[given.name] = given.asks;
  }
  const answer = cedar().validate({ schema: CEDAR_SCHEMA, policies: { staticPolicies: texts } });
  if (answer.type === 'failure') throw invalid(answer.errors.map((error) => fault('cedar', error)));
  if (answer.validationErrors.length > 0) {
    throw invalid(answer.validationErrors.map(({ policyId, error }) => fault(policyId, error)));
  }
  const parsed = [
    cedar().preparseSchema('sluice', CEDAR_SCHEMA),
    cedar().preparsePolicySet(id, { staticPolicies: texts }),
  ];
  for (const each of parsed) {
    if (each.type === 'failure') throw invalid(each.errors.map((error) => fault('cedar', error)));
  }
  const globs = relationGlobs(policy.rules);
  return { texts, asks, matching: (facts, change) => evaluate(id, globs, facts, change) };
}

interface GivenPolicy {
  name: string;
  text: string;
  asks: Requirement;
}

function givenAsCedar(text: string | undefined): GivenPolicy[] {
  if (text === undefined || text.trim() === '') return [];
  const parts = cedar().policySetTextToParts(text);
  if (parts.type === 'failure') throw invalid(parts.errors.map((error) => fault('cedar', error, text)));
  if (parts.policy_templates.length > 0) {
    throw invalid([
      { path: 'cedar', message: 'templates (?principal, ?resource) have nothing to be linked to' },
    ]);
  }
  return parts.policies.map((policy, index) => givenPolicy(policy, `cedar-${index + 1}`));
}

function givenPolicy(text: string, unnamed: string): GivenPolicy {
  const answer = cedar().policyToJson(text);
  if (answer.type === 'failure') throw invalid(answer.errors.map((error) => fault('cedar', error)));
  const { effect, annotations = {} } = answer.json;
  const name = annotations.id ?? unnamed;
  if (effect === 'forbid') {
    return {
      name,
      text,
      asks: requirementOf('deny', `${name}${annotations.reason ? `: ${annotations.reason}` : ''}`),
    };
  }
  if (annotations.decide === undefined) {
    const message = `"${name}" permits, but does not say what it asks for: @decide("{ approvers: 2 }")`;
    throw invalid([{ path: `cedar.${name}`, message }]);
  }
  return { name, text, asks: requirementOf(decideOf(annotations.decide, name), name) };
}

function decideOf(text: string, name: string): Decide {
  const path = `cedar.${name}.@decide`;
  let value: unknown;
  try {
    value = parseYaml(text, { maxAliasCount: 0, logLevel: 'silent' });
  } catch {
    throw invalid([{ path, message: 'is not YAML or JSON' }]);
  }
  const parsed = decideSchema.safeParse(value);
  if (!parsed.success) throw invalid(faultsOf(parsed.error).map(({ message }) => ({ path, message })));
  return parsed.data;
}

function evaluate(id: string, globs: readonly string[], facts: Facts, change: FactChange): string[] {
  const answer = cedar().statefulIsAuthorized({
    principal: { type: 'Person', id: facts.author },
    action: { type: 'Action', id: 'apply' },
    resource: { type: 'Change', id: change.step },
    context: contextOf(facts),
    preparsedSchemaName: 'sluice',
    preparsedPolicySetId: id,
    validateRequest: true,
    entities: entitiesOf(change, globs),
  });
  if (answer.type === 'failure') throw invalid(answer.errors.map((error) => fault(change.step, error)));
  const { reason, errors } = answer.response.diagnostics;
  // Cedar leaves out what it cannot evaluate, which would be in favour of less.
  if (errors.length > 0) throw invalid(errors.map(({ policyId, error }) => fault(policyId, error)));
  return [...reason].sort();
}

function contextOf(facts: Facts): Record<string, string | number | boolean> {
  const { environment, goal, owner, author, asked, beyond, simulated, rows, bytes, seconds, money } = facts;
  const long = (name: string, value: number | undefined, factor: number): Record<string, number> =>
    value === undefined ? {} : { [name]: Math.min(Math.ceil(value * factor), Number.MAX_SAFE_INTEGER) };
  return {
    environment,
    goal,
    author,
    asked,
    beyond,
    simulated,
    ...(owner === undefined ? {} : { owner }),
    ...long('rows', rows, 1),
    ...long('bytes', bytes, 1),
    ...long('milliseconds', seconds, 1000),
    ...long('cents', money, 100),
  };
}

function entitiesOf(change: FactChange, globs: readonly string[]): Cedar.Entities {
  const { step, kind, risk, lossy, routine, reads, writes, classification } = change;
  const like = (names: readonly string[]): string[] =>
    globs.filter((glob) => names.some((name) => fits(glob, name)));
  const touched = [...new Set([...reads, ...writes])];
  const schemaOf = (name: string): string => name.split('.')[0]!;
  return [
    {
      uid: { type: 'Change', id: step },
      attrs: {
        ...{ step, kind, risk, lossy, routine, reads, writes, classification },
        readsLike: like(reads),
        writesLike: like(writes),
      },
      parents: [
        ...touched.map((id) => ({ type: 'Relation', id })),
        ...classification.map((id) => ({ type: 'Classification', id })),
      ],
    },
    ...touched.map((id) => ({
      uid: { type: 'Relation', id },
      attrs: {},
      parents: [{ type: 'Schema', id: schemaOf(id) }],
    })),
  ];
}

function fault(path: string, error: Cedar.DetailedError, text?: string): Fault {
  const at = error.sourceLocations?.[0];
  const line =
    text === undefined || !at
      ? ''
      : ` (line ${text.slice(0, at.start).split('\n').length} of the Cedar text)`;
  return { path, message: `${error.message}${error.help ? `; ${error.help}` : ''}${line}` };
}

function invalid(faults: Fault[]): SluiceError {
  return fail('policy_invalid', `The policy has a fault at ${faults[0]!.path}: ${faults[0]!.message}.`, {
    next: 'Correct the policy (`sluice policy check` says whether it is right).',
    state: 'What cannot be evaluated is denied: nothing was applied.',
    faults,
    place: faults[0]!.path,
  });
}
