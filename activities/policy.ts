import { classesOf } from '../governance/policy/classify';
import { factsOf } from '../governance/policy/facts';
import type { Judgement } from '../governance/policy/engine';
import { fail, type SluiceError } from '../schemas/errors';
import type { Asked } from '../schemas/ask';
import type { ChangeSummary, Gate } from '../schemas/run';
import type { Warehouse } from '../warehouses/warehouse';
import type { Bundle, Services } from './services';

/**
 * What policy asks for before these changes may be applied. Throws `policy_invalid`, `policy_unavailable`: what
 * cannot be evaluated is denied.
 */
export async function judge(
  services: Services,
  bundle: Bundle,
  warehouse: Pick<Warehouse, 'environment'>,
  asked: {
    changes: readonly ChangeSummary[];
    author: string;
    authorVerified: boolean;
    deadlineMs: number;
    /** See RehearsalReport. */
    simulated?: string | undefined;
  },
): Promise<Judgement> {
  const { goal, config } = bundle;
  // What the operator says of the data counts beside what comes with the goal.
  const configs = [config, services.project.config];
  const connection = config.connections[goal.warehouse];
  const facts = factsOf(
    asked.changes,
    {
      environment: warehouse.environment,
      goal: goal.goal,
      ...(goal.owner === undefined ? {} : { owner: goal.owner }),
      author: asked.author,
      authorVerified: asked.authorVerified,
      asked: bundle.asked !== undefined,
      beyond: bundle.asked?.beyond.length ?? 0,
      simulated: asked.simulated !== undefined,
    },
    ({ reads, writes, step: id }) =>
      classesOf({ reads, writes, step: goal.steps.find((step) => step.id === id) }, goal, configs),
    connection?.kind === 'postgres' ? connection.price : undefined,
  );
  const { changes, deadlineMs } = asked;
  const judged = await services.policy.judge({ project: bundle.policy, facts, changes, deadlineMs });
  const gate = withSimulated(judged.gate, changes, asked.simulated);
  return { ...judged, gate: withBeyond(gate, bundle.asked) };
}

/** What was only simulated needs a person who approves it, whatever policy says. */
export function withSimulated(
  gate: Gate,
  changes: readonly Pick<ChangeSummary, 'noop' | 'risk'>[],
  simulated: string | undefined,
): Gate {
  if (simulated === undefined || changes.every(({ noop, risk }) => noop || risk === 'read')) return gate;
  const why = `its rehearsal was simulated: ${simulated}; a person must approve that`;
  return { ...gate, approvers: Math.max(gate.approvers, 1), reason: `${gate.reason}; ${why}` };
}

/** What a model put into a goal and nobody asked for needs a person who approves it, whatever policy says. */
export function withBeyond(gate: Gate, asked: Asked | undefined): Gate {
  if (!asked || asked.beyond.length === 0) return gate;
  const beyond = asked.beyond.map(({ name, reason }) => `${name}: ${reason}`);
  const why = `goes beyond what was asked for (${asked.beyond.map(({ name }) => name).join(', ')}); a person must approve that`;
  return { ...gate, approvers: Math.max(gate.approvers, 1), reason: `${gate.reason}; ${why}`, beyond };
}

export function policyDenied(gate: Gate): SluiceError {
  return fail('policy_denied', `Policy forbids it: ${(gate.denied ?? []).join('; ')}.`, {
    next: 'Change the goal so that the rule does not match, or have whoever owns the policy change it.',
  });
}
