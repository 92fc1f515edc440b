import { fail, type SluiceError } from '../../schemas/errors';
import type { Policy } from '../../schemas/policy';
import type { ChangeSummary, Gate, PolicyRecord } from '../../schemas/run';
import { digestOf, sha256 } from '../../store/digest';
import { type CompiledRules, compilePolicy } from './cedar';
import { defaultGate } from './default';
import type { Facts } from './facts';
import { askOpa } from './opa';
import { parsePolicy, POLICY_FILE } from './parse';
import { join, type Requirement, requirementOf } from './requirement';
import { nextOpening } from './window';

/** A policy's text, and whose it is: the worker's own (its operator's), or the one that travels with a goal. */
export interface PolicySource {
  from: 'worker' | 'project';
  text: string;
  /** What it is called in messages. */
  file?: string;
}

export interface PolicyEngineOptions {
  /** The worker's own policy, read anew each time: an operator's change holds at once. */
  own(): Promise<PolicySource | undefined>;
  /** `host` or `host:port` of OPA servers that a goal's policy may name; the operator's own names them itself. */
  hosts: readonly string[];
  resolveSecret(reference: string): Promise<string>;
}

export interface JudgeInput {
  /** Text of the policy that travels with the goal. */
  project?: string;
  facts: Facts;
  changes: readonly ChangeSummary[];
  /** Milliseconds: the goal's own deadline. */
  deadlineMs: number;
}

export interface Judgement {
  gate: Gate;
  sources: PolicyRecord['sources'];
}

/** A source whose text was parsed and compiled. */
export interface LoadedPolicy {
  policy: Policy;
  rules: CompiledRules;
  source: PolicySource;
  hash: string;
}

/** Compiled policies by the hash of their text; few, and small once Cedar is loaded. */
const loaded = new Map<string, { policy: Policy; rules: CompiledRules }>();

/** Parses, compiles and validates a policy, once per text. Throws `policy_invalid`. */
export function loadPolicy(source: PolicySource): LoadedPolicy {
  const hash = sha256(source.text);
  let found = loaded.get(hash);
  if (!found) {
    const policy = parsePolicy(source.text, source.file ?? POLICY_FILE);
    found = { policy, rules: compilePolicy(policy, hash) };
    if (loaded.size >= 100) loaded.delete(loaded.keys().next().value!);
    loaded.set(hash, found);
  }
  return { ...found, source, hash };
}

/** Decides what a proposal's gate asks for. */
export class PolicyEngine {
  constructor(private readonly options: PolicyEngineOptions) {}

  /** Throws `policy_invalid` when a policy that would hold has a fault: before any work is done for nothing. */
  async check(project: string | undefined): Promise<void> {
    await this.sources(project);
  }

  /**
   * What everything that holds asks for: the worker's own policy and the goal's, where they are, else the built-in
   * one. Throws `policy_invalid` and `policy_unavailable`: what cannot be evaluated allows nothing.
   */
  async judge(input: JudgeInput): Promise<Judgement> {
    const policies = await this.sources(input.project);
    const verdicts = await Promise.all(policies.map((each) => this.verdict(each, input)));
    const gate = gateOf(input, policies, verdicts);
    assertOpens(gate);
    return {
      gate,
      sources: policies.map(({ policy, hash, source }) => ({ name: policy.name, hash, from: source.from })),
    };
  }

  private async sources(project: string | undefined): Promise<LoadedPolicy[]> {
    const own = await this.options.own();
    const given: PolicySource[] = [
      ...(own ? [own] : []),
      ...(project === undefined ? [] : [{ from: 'project' as const, text: project }]),
    ];
    const policies = given.map(loadPolicy);
    // On one machine they are often the same file.
    return policies.filter((each, index) => policies.findIndex(({ hash }) => hash === each.hash) === index);
  }

  private async verdict(loadedPolicy: LoadedPolicy, { facts }: JudgeInput): Promise<Verdict> {
    const { policy, rules, source } = loadedPolicy;
    const matched = matching(loadedPolicy, facts);
    const asks = matched.map((name) => rules.asks[name]!);
    const opa =
      policy.engine && facts.changes.length > 0
        ? await askOpa(policy.engine.opa, facts, {
            allowed: (host) =>
              source.from === 'worker' ||
              this.options.hosts.some((each) => each === host || each === host.replace(/:\d+$/, '')),
            resolveSecret: (reference) => this.options.resolveSecret(reference),
          })
        : undefined;
    const { floor } = policy;
    const requirement = join([
      ...(acts(facts) && floor !== 'default' ? [requirementOf(floor, 'floor')] : []),
      ...asks,
      ...(opa ? [opa.requirement] : []),
    ]);
    return { requirement, matched: [...matched, ...(opa?.rules ?? [])].sort() };
  }
}

export interface Verdict {
  requirement: Requirement;
  matched: string[];
}

/** What was found for the same rules and facts: a proposal is judged when it is sealed and again for every step. */
const remembered = new Map<string, string[]>();

/** Names of the rules that match any change of a proposal, sorted. Throws `policy_invalid`. */
export function matching({ hash, rules }: Pick<LoadedPolicy, 'hash' | 'rules'>, facts: Facts): string[] {
  const key = digestOf([hash, facts]);
  let found = remembered.get(key);
  if (!found) {
    found = [...new Set(facts.changes.flatMap((change) => rules.matching(facts, change)))].sort();
    if (remembered.size >= 500) remembered.clear();
    remembered.set(key, found);
  }
  return found;
}

const acts = (facts: Facts): boolean => facts.changes.some((change) => change.risk !== 'read');

/** The gate that all policies together ask for. */
export function gateOf(
  { facts, changes, deadlineMs }: Pick<JudgeInput, 'facts' | 'changes' | 'deadlineMs'>,
  policies: readonly Pick<LoadedPolicy, 'policy'>[],
  verdicts: readonly Verdict[],
): Gate {
  const builtIn = defaultGate(changes, facts.environment, deadlineMs);
  if (policies.length === 0) return builtIn;
  const byFloor = policies.some(({ policy }) => policy.floor === 'default');
  const asked = join(verdicts.map(({ requirement }) => requirement));
  const required = Math.max(asked.approvers, byFloor ? builtIn.approvers : 0);
  const separate =
    asked.separate || policies.some(({ policy }) => policy.separateDuty.includes(facts.environment));
  // Where names must be verified, an author who is not may be any of the approvers: of two, one is somebody else.
  const unknown = separate && builtIn.verified === true && !facts.authorVerified;
  const approvers = unknown && required > 0 ? Math.max(required, 2) : required;
  const rules = [...new Set(verdicts.flatMap(({ matched }) => matched))].sort();
  const { deny, roles, windows, remindMs } = asked;
  const deadline = Math.min(deadlineMs, asked.deadlineMs ?? deadlineMs);
  // One person stands for the two of the built-in policy, never for those that a rule asks for.
  const alone = asked.approvers <= 1 && Object.keys(roles).length === 0 && !(separate && approvers > 0);
  return {
    ...builtIn,
    approvers,
    reason: reasonOf(builtIn, byFloor, rules, policies),
    localOverride: builtIn.localOverride && alone,
    deadlineMs: deadline,
    ...(Object.keys(roles).length > 0 ? { roles } : {}),
    ...(separate && approvers > 0 ? { notAlone: unknown ? [] : [facts.author] } : {}),
    ...(remindMs.length > 0 && approvers > 0 ? { remindMs: remindMs.filter((ms) => ms < deadline) } : {}),
    ...(windows.length > 0 ? { windows } : {}),
    ...(rules.length > 0 ? { rules } : {}),
    ...(deny.length > 0 ? { denied: deny } : {}),
  };
}

function reasonOf(
  builtIn: Gate,
  byFloor: boolean,
  rules: readonly string[],
  policies: readonly Pick<LoadedPolicy, 'policy'>[],
): string {
  const names = policies
    .map(({ policy }) => (policy.name === 'policy' ? 'policy' : `policy ${policy.name}`))
    .join(' and ');
  const parts = [
    ...(rules.length > 0 ? [`${names}: ${rules.join(', ')}`] : []),
    ...(byFloor && builtIn.approvers > 0 ? [builtIn.reason] : []),
  ];
  if (parts.length > 0) return parts.join('; ');
  return builtIn.approvers === 0 ? builtIn.reason : `${names} asks for nobody`;
}

/** Windows that are never open together allow nothing; whoever waits for them should know now. */
function assertOpens(gate: Gate): void {
  if (!gate.windows || nextOpening(gate.windows, new Date())) return;
  throw neverOpens(gate);
}

function neverOpens({ rules = [] }: Gate): SluiceError {
  return fail(
    'policy_invalid',
    `The change windows of the rules ${rules.join(', ')} are never open together.`,
    {
      state: 'What cannot be evaluated is denied: nothing was applied.',
      next: 'Change the windows so that they overlap, or the rules so that they do not match the same changes.',
    },
  );
}
