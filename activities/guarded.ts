import type { RunRef } from '../schemas/life';
import type { Proposal } from '../schemas/run';
import { loadBundle } from './run-context';
import type { Bundle, Services } from './services';

/** Whether the goal's warehouse is one where nobody's mere word counts. */
export function isProtected({ goal, config }: Bundle): boolean {
  const connection = config.connections[goal.warehouse];
  return connection?.kind === 'postgres' && connection.environment === 'protected';
}

/**
 * Invariant 7: whether only verified identities decide on a run, steer it, and take it back. So it is in a `protected`
 * environment; elsewhere policy may ask for the same.
 */
export async function countsOnlyVerified(services: Services, run: RunRef): Promise<boolean> {
  if (isProtected(await loadBundle(services, run))) return true;
  const ref = (await services.store.runs.get(run.runId))?.proposal;
  if (!ref) return false;
  const { gates } = await services.store.artifacts.getJson<Proposal>(ref);
  return gates.some((gate) => gate.verified === true);
}
