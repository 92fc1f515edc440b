import { Client } from 'pg';
import { testDatabase } from '../support/postgres';
import { remote, type Remote } from './support/remote';

jest.setTimeout(90_000);

describe('without a stack, where the configuration names Temporal and the store', () => {
  let place: Remote;
  let file: string;
  beforeAll(async () => {
    place = await remote({ environments: { staging: { params: {} }, production: { params: {} } } });
    place.write('people.csv', 'id,name\n1,ann\n2,bob\n');
    file = place.write(
      'goal.yaml',
      'apiVersion: sluice/v1\ngoal: people\nsteps:\n  - id: load\n    ingest: { from: { files: people.csv }, into: raw.people }\n',
    );
  });
  afterAll(() => place.close());

  it('a goal is planned, rehearsed on the shadow server of its connection, applied and undone', async () => {
    const plan = await place.sluice(['plan', file]);
    expect(plan.json).toMatchObject({ status: 'planned', rehearsal: { undoProven: true } });
    const applied = await place.sluice(['apply', file, '--yes']);
    expect(applied).toMatchObject({
      code: 0,
      json: { status: 'succeeded', steps: [{ rows: { inserted: 2 } }] },
    });
    const undone = await place.sluice(['undo', 'last']);
    expect(undone).toMatchObject({ code: 0, json: { status: 'undone' } });
  });

  it('the environment travels with the run, and one that is not there is refused', async () => {
    const applied = await place.sluice(['plan', file, '--env', 'staging']);
    expect(applied.json).toMatchObject({ status: 'planned' });
    const shown = await place.sluice(['show', applied.json.runId as string]);
    expect(shown.json).toMatchObject({ environment: 'staging' });
    const refused = await place.sluice(['plan', file, '--env', 'stagign']);
    expect(refused).toMatchObject({ code: 2, json: { error: { code: 'invalid_config' } } });
  });

  it('two environments are compared, structure and rows, and nothing is written', async () => {
    await place.sluice(['apply', file, '--yes']);
    const same = await place.sluice(['diff', file, '--env', 'staging', '--env', 'production']);
    expect(same).toMatchObject({ code: 0, json: { equal: true, relations: ['raw.people'] } });
    const elsewhere = await testDatabase('elsewhere', { ledger: false });
    const other = { connections: { local: { database: elsewhere.database } } };
    place.configure({ environments: { staging: {}, production: other } });
    const run = (): ReturnType<Remote['sluice']> =>
      place.sluice(['diff', file, '--env', 'staging', '--env', 'production']);
    expect((await run()).json).toMatchObject({
      differences: [{ relation: 'raw.people', what: 'relation', a: 'there', b: null }],
    });
    const client = new Client({ connectionString: elsewhere.url });
    await client.connect();
    await client.query('create schema raw; create table raw.people (id integer, name text)');
    await client.end();
    expect(await run()).toMatchObject({
      code: 1,
      json: {
        equal: false,
        differences: expect.arrayContaining([
          { relation: 'raw.people', what: 'column', identity: 'raw.people.id', a: 'bigint', b: 'integer' },
          { relation: 'raw.people', what: 'rows', identity: 'raw.people', a: '2', b: '0' },
        ]) as unknown,
      },
    });
    await elsewhere.drop();
  });

  it('TEMPORAL_ADDRESS goes before the configuration, and a server that does not answer is named', async () => {
    const answer = await place.sluice(['undo', 'last'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(answer).toMatchObject({
      code: 6,
      json: {
        error: { code: 'service_unreachable', message: 'Temporal does not answer at 127.0.0.1:1.' },
      },
    });
  });
});
