import type { Bundle } from '../../../../activities/services';
import type { TestWarehouse } from '../../../warehouses/support/warehouse';
import { ANSWERS, CONNECTIONS } from './answers';
import { bedFor } from './bed';
import { shop } from './shop';

let bench: TestWarehouse;
beforeAll(async () => {
  bench = await shop();
});
afterAll(() => bench.close());

it.each(ANSWERS.map((answer) => [answer.ask, answer] as const))(
  'passes, and goes beyond nothing: %s',
  async (ask, { goal, answers }) => {
    const bed = await bedFor(
      { text: ask, planRows: 100_000, connections: CONNECTIONS, ...(answers ? { answers } : {}) },
      bench.warehouse,
    );
    const { effect } = await bed.call('submit_goal', { goal, explanation: 'It does what was asked.' });
    if (effect?.kind !== 'rehearse') throw new Error(JSON.stringify(effect, undefined, 2));
    expect((await bed.artifacts.getJson<Bundle>(effect.bundle)).asked!.beyond).toEqual([]);
  },
);
