import { stricter } from '../governance/policy/requirement';
import { fail, SluiceError } from '../schemas/errors';
import type { ApplyInput, AppliedStep } from '../schemas/life';
import type { Proposal } from '../schemas/run';
import type { Warehouse } from '../warehouses/warehouse';
import { applyChange } from './engine/apply-change';
import { assertApproversStand } from './approvers';
import { judge } from './policy';
import { startStep } from './lineage/step';
import { asActivity, capabilityOf, loadBundle, loadChange, stepContext } from './run-context';
import type { Bundle, Services } from './services';
import { assertStillStanding, withinBounds } from './standing';

/**
 * Life of a run, 6 and 7: policy is evaluated again, then the change happens, is verified and becomes visible in one
 * transaction, exactly once, whichever attempt gets there.
 */
export function apply(services: Services, input: ApplyInput): Promise<AppliedStep> {
  const { run, change: ref } = input;
  return asActivity(services, { ...run, step: ref.step, change: ref.id }, async (scope) => {
    const bundle = await loadBundle(services, run);
    const warehouse = await services.warehouse(bundle);
    const proposal = await assertStillAllowed(services, input, bundle, warehouse);
    const { standing } = proposal;
    const change = await loadChange(services, ref);
    const lineage = startStep(services, run, {
      ...{ bundle, change, proposal },
      beside: services.store.runs.became(run.runId, 'applying'),
    });
    scope.defer(() => lineage.end());
    const context = stepContext(services, run, bundle, ref.step, scope);
    const capability = capabilityOf(services, ref.kind);
    try {
      const { applied, checks } = await applyChange(warehouse.live, capability, change, context, {
        digest: input.digest,
        run,
        ...(standing?.covered && { limit: withinBounds(run, standing.covered) }),
      });
      await capability.settle?.(change, context);
      const event = services.store.record.event(run.runId, 'applied', 'sluice', {
        ...{ step: ref.step, change: ref.id, digest: input.digest, rows: { ...applied.rows } },
      });
      await lineage.complete(applied.rows, event);
      services.log.info({ ...run, step: ref.step, rows: applied.rows }, 'applied');
      return {
        rows: applied.rows,
        checks: checks.map((check) => ({ ...check, name: `${ref.step}: ${check.name}` })),
      };
    } catch (cause) {
      if (cause instanceof SluiceError && cause.problem.step === undefined) {
        throw new SluiceError({ ...cause.problem, step: ref.step }, { cause });
      }
      throw cause;
    }
  });
}

/** What was approved must be what runs, and must still need no more than what was given. */
async function assertStillAllowed(
  services: Services,
  input: ApplyInput,
  bundle: Bundle,
  warehouse: Warehouse,
): Promise<Proposal> {
  const { run } = input;
  const proposal = await services.store.artifacts.getJson<Proposal>(input.proposal);
  const sealed = proposal.changes.find((change) => change.id === input.change.id);
  const gate = proposal.gates[0];
  if (proposal.digest !== input.digest || !sealed || !gate) {
    throw fail('internal', 'What was asked to run is not what the proposal holds.', {
      next: 'Report this.',
      step: input.change.step,
    });
  }
  const { gate: now } = await judge(services, bundle, warehouse, {
    changes: proposal.changes,
    author: proposal.policy?.author ?? '',
    authorVerified: proposal.policy?.authorVerified ?? false,
    deadlineMs: gate.deadlineMs,
    simulated: proposal.rehearsal.simulated,
  });
  const more = stricter(now, gate);
  if (more.length > 0) {
    throw fail(
      'proposal_stale',
      `Policy asks for more now than when this was approved: ${more.join('; ')}.`,
      {
        next: 'Run the goal again, so that it is decided under the policy of today.',
        step: input.change.step,
      },
    );
  }
  await assertStillStanding(services, proposal);
  await assertApproversStand(services, run, proposal);
  return proposal;
}
