import { PolicyEngine } from '../../../governance/policy/engine';
import type { FactChange, Facts } from '../../../governance/policy/facts';
import { SluiceError, type Problem } from '../../../schemas/errors';
import type { ChangeSummary, Gate } from '../../../schemas/run';

/** An engine whose worker has this policy, or none. */
export function engineOf(own: string | undefined, hosts: string[] = []): PolicyEngine {
  return new PolicyEngine({
    own: () => Promise.resolve(own === undefined ? undefined : { from: 'worker', text: own }),
    hosts,
    resolveSecret: () => Promise.resolve('s3cret'),
  });
}

export type Given = Partial<Omit<Facts, 'changes'>> & { changes?: Partial<FactChange>[]; project?: string };

/** The gate of a proposal with these changes; by default one ordinary load. */
export async function gateFor(engine: PolicyEngine, given: Given = {}): Promise<Gate> {
  const { changes = [{}], project, ...about } = given;
  const full = changes.map((change, index): FactChange => ({
    step: `s${index}`,
    kind: 'ingest',
    risk: 'additive',
    lossy: false,
    routine: false,
    reads: [],
    writes: ['raw.t'],
    classification: [],
    ...change,
  }));
  const usual = {
    environment: 'dev',
    goal: 'g',
    author: 'ann',
    authorVerified: true,
    asked: false,
    simulated: false,
    beyond: 0,
    money: 0,
  } as const;
  const facts: Facts = { ...usual, ...about, changes: full };
  const { gate } = await engine.judge({ project, facts, changes: full.map(summary), deadlineMs: 86_400_000 });
  return gate;
}

function summary({ lossy, classification: _classes, ...change }: FactChange): ChangeSummary {
  return {
    ...change,
    id: change.step,
    title: '',
    noop: false,
    lossy: lossy ? ['it'] : [],
    apply: '',
    undo: '',
    findings: [],
    estimate: {},
  };
}

/** What a promise fails with. */
export async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const thrown = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (thrown instanceof SluiceError) return thrown.problem;
  throw new Error(`no SluiceError, but ${String(thrown)}`);
}
