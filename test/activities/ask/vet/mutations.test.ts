import fc from 'fast-check';
import type { Bundle } from '../../../../activities/services';
import type { TestWarehouse } from '../../../warehouses/support/warehouse';
import { ANSWERS, CONNECTIONS, type Answer } from './answers';
import { bedFor } from './bed';
import { MUTATIONS } from './mutations';
import { shop } from './shop';

let bench: TestWarehouse;
beforeAll(async () => {
  bench = await shop();
});
afterAll(() => bench.close());

/** Faults or reasons at the gate; empty: it would pass as if nothing were wrong. */
async function stopped({ ask, answers }: Answer, goal: unknown): Promise<string[]> {
  const bed = await bedFor(
    { text: ask, planRows: 100_000, connections: CONNECTIONS, ...(answers ? { answers } : {}) },
    bench.warehouse,
  );
  const { effect } = await bed.call('submit_goal', { goal, explanation: 'It does what was asked.' });
  if (effect?.kind === 'repair') return effect.faults.map(({ path, message }) => `${path}: ${message}`);
  if (effect?.kind !== 'rehearse') throw new Error(`it had the effect ${effect?.kind}`);
  const { asked } = await bed.artifacts.getJson<Bundle>(effect.bundle);
  return asked!.beyond.map(({ reason }) => reason);
}

it.each(MUTATIONS.map(({ name, bad }) => [name, bad] as const))(
  'a valid answer with %s is stopped, or shown at its gate with the reason',
  async (_name, bad) => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ANSWERS), bad, async (answer, mutate) => {
        const goal = mutate(answer.goal);
        fc.pre(goal !== undefined);
        const found = await stopped(answer, goal);
        if (found.length === 0)
          throw new Error(`passed: ${answer.ask} ${JSON.stringify(goal, undefined, 1)}`);
      }),
      { numRuns: Number(process.env.VET_RUNS ?? 8) },
    );
  },
);
