import type { Capability, ProposeContext } from '../../capabilities/capability';
import type { Proposed } from '../../schemas/change';
import type { Step } from '../../schemas/goal';
import type { ChangeLineage } from '../../schemas/lineage';
import type { Services } from '../services';

/** What the change reads and writes, by name: what is known of every change. */
export function plainLineage({ reads, writes }: Pick<Proposed<unknown>, 'reads' | 'writes'>): ChangeLineage {
  const relations = (names: readonly string[]) =>
    names
      .filter((name) => !name.endsWith('.*'))
      .map((name) => ({ dataset: { kind: 'relation' as const, name } }));
  return { inputs: relations(reads), outputs: relations(writes) };
}

/** The capability's account; a fault in it costs nobody a run. */
export async function lineageOf(
  services: Services,
  capability: Capability,
  step: Step,
  proposed: Proposed<unknown>,
  ctx: ProposeContext,
): Promise<ChangeLineage> {
  if (!capability.lineage) return plainLineage(proposed);
  try {
    return await capability.lineage(step.input, proposed, ctx);
  } catch (cause) {
    if (ctx.signal.aborted) throw cause;
    services.log.warn(
      { runId: ctx.runId, step: ctx.step, cause: String(cause) },
      'lineage is known by name only',
    );
    const plain = plainLineage(proposed);
    const partial = 'its SQL could not be looked into';
    return { ...plain, outputs: plain.outputs.map((output) => ({ ...output, partial })) };
  }
}
