import type { TestWarehouse } from '../../../../warehouses/support/warehouse';
import { shop } from '../shop';
import type { Attempt } from './attempt';
import { HEADS_AND_ALL } from './heads';
import { HONEST } from './honest';
import { ROWS } from './rows';
import { SCOPES } from './scopes';
import { SECRETS } from './secrets';
import { STATEMENTS } from './statements';
import { stopped } from './stopped';

let bench: TestWarehouse;
beforeAll(async () => {
  bench = await shop();
  await bench.asWriter(`create table marts.regions (region text, note text, people bigint);
    create table staging.regions (region text);
    grant select on marts.regions, staging.regions to sluice_reader`);
});
afterAll(() => bench.close());

const named = (attempts: readonly Attempt[]) => attempts.map((attempt) => [attempt.name, attempt] as const);
const MUST = { refused: 'goes back with a fault', shown: 'is shown at the gate', either: 'is stopped' };

describe.each([
  ['a statement', STATEMENTS],
  ['a change of rows', ROWS],
  ['a place', SCOPES],
  ['a head, a loss, a turn of a chat', HEADS_AND_ALL],
  ['a secret', SECRETS],
])('%s that nobody asked for', (_, attempts) => {
  it.each(named(attempts))(`is stopped: %s`, async (_name, attempt) => {
    const { faults, beyond } = await stopped(attempt, bench.warehouse);
    const how = faults.length > 0 ? MUST.refused : beyond.length > 0 ? MUST.shown : 'passes';
    expect(how).toBe(
      MUST[attempt.how ?? (how === 'passes' ? 'either' : faults.length > 0 ? 'refused' : 'shown')],
    );
  });
});

it.each(named(HONEST))(
  'what was asked for passes, and nothing of it is beyond: %s',
  async (_name, attempt) => {
    expect(await stopped(attempt, bench.warehouse)).toEqual({ faults: [], beyond: [] });
  },
);
