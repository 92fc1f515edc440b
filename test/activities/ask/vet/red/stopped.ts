import type { Bundle } from '../../../../../activities/services';
import type { Warehouse } from '../../../../../warehouses/warehouse';
import { CONNECTIONS } from '../answers';
import { bedFor } from '../bed';
import type { Attempt } from './attempt';

/** What a document that is handed in meets: faults, or what its gate shows as beyond the words. */
export async function stopped(
  { ask, head = {}, steps, said = {}, with: more = {} }: Attempt,
  warehouse: Warehouse,
): Promise<{ faults: string[]; beyond: string[] }> {
  const bed = await bedFor({ text: ask, planRows: 100_000, connections: CONNECTIONS, ...more }, warehouse);
  const goal = { apiVersion: 'sluice/v1', goal: 'asked', description: 'What was asked.', ...head, steps };
  const { effect } = await bed.call('submit_goal', { goal, explanation: 'It does what was asked.', ...said });
  if (effect?.kind === 'repair')
    return { faults: effect.faults.map(({ path, message }) => `${path}: ${message}`), beyond: [] };
  if (effect?.kind !== 'rehearse') throw new Error(`it had the effect ${effect?.kind}`);
  const { asked } = await bed.artifacts.getJson<Bundle>(effect.bundle);
  return { faults: [], beyond: asked!.beyond.map(({ what, name, reason }) => `${what} ${name}: ${reason}`) };
}
