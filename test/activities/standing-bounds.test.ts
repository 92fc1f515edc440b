import { Client } from 'pg';
import { applyChange } from '../../activities/engine/apply-change';
import { withinBounds } from '../../activities/standing';
import type { Change } from '../../schemas/change';
import type { StandingBounds } from '../../schemas/standing';
import { Connections } from '../../warehouses/postgres/connections';
import { fingerprintRelations } from '../../warehouses/postgres/fingerprint-relations';
import { PostgresPlace } from '../../warehouses/postgres/place';
import { testDatabase, type TestDatabase } from '../support/postgres';
import { toy, toyChange, toyContext, type ToyBody } from './engine/toy';

let database: TestDatabase;
let admin: Client;
let place: PostgresPlace;

beforeAll(async () => {
  database = await testDatabase('bounds');
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  const { host, port, password } = database;
  const connections = (user: string): Connections =>
    new Connections({ host, port, database: database.database, login: { user, password } });
  place = new PostgresPlace(connections('sluice_reader'), connections('sluice_writer'));
});
afterAll(async () => {
  await admin.end();
  await place.close();
  await database.drop();
});
beforeEach(async () => {
  await admin.query('drop table if exists public.a, public.b; truncate sluice.change cascade');
});

const run = { runId: 'run', goal: 'g', bundle: 'b' };
const coverage = (bounds: StandingBounds) => ({ grants: ['g1'], by: ['ann'], until: '2030-01-01', bounds });
const change = (table: string, count: number): Promise<Change<ToyBody>> =>
  place.read((session) =>
    toyChange(fingerprintRelations, session, { table, values: Array.from({ length: count }, (_, at) => at) }),
  );
const apply = (what: Change<ToyBody>, bounds: StandingBounds) =>
  applyChange(place, toy, what, toyContext(), {
    digest: 'd',
    run,
    limit: withinBounds(run, coverage(bounds)),
  });
const count = async (): Promise<number> => {
  const { rows } = await admin.query<{ n: string }>(
    `select coalesce(sum((applied->'rows'->>'inserted')::int), 0) as n from sluice.change where state = 'applied'`,
  );
  return Number(rows[0]!.n);
};

it('a step that would pass the bound with what the run has done before is rolled back', async () => {
  await apply(await change('public.a', 6), { maxRows: 10 });
  await expect(apply(await change('public.b', 5), { maxRows: 10 })).rejects.toMatchObject({
    code: 'proposal_stale',
    message: expect.stringContaining('11 rows, and at most 10 were approved') as string,
  });
  expect(await count()).toBe(6);
  expect((await admin.query(`select to_regclass('public.b') as there`)).rows).toEqual([{ there: null }]);
});

it('what fits exactly is applied', async () => {
  await apply(await change('public.a', 6), { maxRows: 10 });
  await apply(await change('public.b', 4), { maxRows: 10 });
  expect(await count()).toBe(10);
});

it('of two steps that end together one sees the other', async () => {
  const both = [await change('public.a', 6), await change('public.b', 6)];
  const ended = await Promise.allSettled(both.map((one) => apply(one, { maxRows: 10 })));
  expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(await count()).toBe(6);
});
