import { classesOf } from '../governance/policy/classify';
import { factsOf } from '../governance/policy/facts';
import type { Judgement } from '../governance/policy/engine';
import { fail, type SluiceError } from '../schemas/errors';
import type { ChangeSummary, Gate } from '../schemas/run';
import type { Warehouse } from '../warehouses/warehouse';
import type { Bundle, Services } from './services';

/**
 * What policy asks for before these changes may be applied. Throws `policy_invalid`, `policy_unavailable`: what
 * cannot be evaluated is denied.
 */
export function judge(
  services: Services,
  bundle: Bundle,
  warehouse: Pick<Warehouse, 'environment'>,
  asked: { changes: readonly ChangeSummary[]; author: string; authorVerified: boolean; deadlineMs: number },
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
    },
    ({ reads, writes, step: id }) =>
      classesOf({ reads, writes, step: goal.steps.find((step) => step.id === id) }, goal, configs),
    connection?.kind === 'postgres' ? connection.price : undefined,
  );
  const { changes, deadlineMs } = asked;
  return services.policy.judge({ project: bundle.policy, facts, changes, deadlineMs });
}

export function policyDenied(gate: Gate): SluiceError {
  return fail('policy_denied', `Policy forbids it: ${(gate.denied ?? []).join('; ')}.`, {
    next: 'Change the goal so that the rule does not match, or have whoever owns the policy change it.',
  });
}
