import type { Config } from '../../schemas/config';
import { durationMs } from '../../schemas/goal';
import type { GivenChange, PolicyCase } from '../../schemas/policy';
import { givenChangeSchema } from '../../schemas/policy';
import type { ChangeSummary, Gate } from '../../schemas/run';
import { classesOf } from './classify';
import type { PolicyEngine } from './engine';
import { factsOf } from './facts';

export interface CaseResult {
  name: string;
  ok: boolean;
  /** What the case expects, and what was decided, in the words of a policy. */
  expected: PolicyCase['expect'];
  decided: Decided;
  /** What differs, in plain words. */
  differs: string[];
}

export interface Decided {
  deny: boolean;
  approvers: number;
  roles: Record<string, number>;
  separate: boolean;
  deadlineMs: number;
  window: boolean;
  rules: string[];
}

/** The goal's own deadline in cases: what a goal document has that does not say one. */
const DEADLINE_MS = durationMs('7d');

/** Judges one case as a run with those changes would be. Throws what judging throws. */
export async function runCase(
  engine: PolicyEngine,
  { name, given, expect }: PolicyCase,
  configs: readonly Config[],
): Promise<CaseResult> {
  const { environment, goal, owner, author, asked, beyond, simulated, changes, ...single } = given;
  const givenChanges = changes ?? [givenChangeSchema.parse(single)];
  const summaries = givenChanges.map(summaryOf);
  const facts = factsOf(
    summaries,
    {
      environment,
      goal,
      author,
      authorVerified: true,
      asked,
      beyond,
      simulated,
      ...(owner === undefined ? {} : { owner }),
    },
    ({ step, reads, writes }) => {
      const declared = givenChanges[Number(step.slice(1)) - 1]!.classification;
      return [...new Set([...declared, ...classesOf({ reads, writes }, undefined, configs)])].sort();
    },
    undefined,
  );
  const money = givenChanges.reduce((sum, change) => sum + (change.money ?? 0), 0);
  const { gate } = await engine.judge({
    facts: { ...facts, money },
    changes: summaries,
    deadlineMs: DEADLINE_MS,
  });
  const decided = decidedOf(gate);
  const differs = differences(expect, decided);
  return { name, ok: differs.length === 0, expected: expect, decided, differs };
}

function summaryOf(change: GivenChange, index: number): ChangeSummary {
  const { kind, risk, lossy, routine, reads, writes, rows, bytes, seconds } = change;
  return {
    id: `case.${index + 1}`,
    step: `s${index + 1}`,
    kind,
    title: kind,
    risk,
    noop: false,
    routine,
    lossy: lossy ? ['something'] : [],
    reads,
    writes: risk === 'read' ? [] : writes,
    apply: '',
    undo: '',
    findings: [],
    estimate: {
      ...(rows === undefined ? {} : { rows }),
      ...(bytes === undefined ? {} : { bytes }),
      ...(seconds === undefined ? {} : { seconds }),
    },
  };
}

function decidedOf(gate: Gate): Decided {
  return {
    deny: gate.denied !== undefined,
    approvers: gate.approvers,
    roles: gate.roles ?? {},
    separate: gate.notAlone !== undefined,
    deadlineMs: gate.deadlineMs,
    window: gate.windows !== undefined,
    rules: gate.rules ?? [],
  };
}

function differences(expect: PolicyCase['expect'], decided: Decided): string[] {
  const is = decided.deny ? 'it is denied' : `${decided.approvers} approvers`;
  if (expect === 'deny') return decided.deny ? [] : [`expected to be denied, ${is}`];
  if (typeof expect !== 'object') {
    const approvers = expect === 'auto' ? 0 : expect;
    return !decided.deny && decided.approvers === approvers ? [] : [`expected ${approvers} approvers, ${is}`];
  }
  const differs: string[] = [];
  const same = (what: string, wanted: unknown, found: unknown): void => {
    if (wanted === undefined || JSON.stringify(wanted) === JSON.stringify(found)) return;
    differs.push(`${what}: expected ${JSON.stringify(wanted)}, it is ${JSON.stringify(found)}`);
  };
  const sorted = (roles: Record<string, number> | undefined) => roles && Object.entries(roles).sort();
  same('deny', expect.deny ?? (decided.deny ? false : undefined), decided.deny);
  same('approvers', expect.approvers, decided.approvers);
  same('roles', sorted(expect.roles), sorted(decided.roles));
  same('separate', expect.separate, decided.separate);
  same('deadline', expect.deadline && durationMs(expect.deadline), decided.deadlineMs);
  same('window', expect.window, decided.window);
  same('rules', expect.rules && [...expect.rules].sort(), decided.rules);
  return differs;
}
