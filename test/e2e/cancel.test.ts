import { Client } from 'pg';
import { contentChecksum } from '../../warehouses/postgres/content';
import { realEngine, type RealEngine } from './in-process';

jest.setTimeout(180_000);

/** Where a run of three steps can be when it is cancelled. */
const INSTANTS = [
  'planning',
  'rehearsing',
  'waiting',
  'applying the load',
  'applying the change',
  'applying the model',
] as const;

describe('a goal of three steps', () => {
  let engine: RealEngine;
  beforeAll(async () => {
    engine = await realEngine('cancel');
    engine.write(
      'people.csv',
      `id,name\n${Array.from({ length: 300 }, (_, id) => `${id},n${id}`).join('\n')}\n`,
    );
    await engine.admin.query(`
      create schema hr;
      create table hr.people (id bigint, name text);
      insert into hr.people values (-1, 'old');
      create table hr.rooms (id int generated always as identity primary key, name text not null);
      insert into hr.rooms (name) values ('one'), ('two'), ('three');
      create view hr.names as select name from hr.people;
      grant select on hr.people to sluice_reader;`);
  });
  afterAll(() => engine?.close());

  const goal = {
    goal: 'three',
    steps: [
      { id: 'load', ingest: { from: { files: 'people.csv' }, into: 'hr.people' } },
      {
        id: 'change',
        needs: ['load'],
        sql: {
          statements: `alter table hr.rooms add column floor int; update hr.rooms set name = upper(name)`,
        },
      },
      {
        id: 'model',
        needs: ['change'],
        model: { name: 'hr.counted', sql: 'select count(*) as people from hr.people' },
      },
    ],
  };

  /** Structure, and rows as multisets, of everything that is the user's. */
  async function snapshot(): Promise<unknown> {
    const warehouse = await engine.services.warehouse({
      goal: { warehouse: 'local' },
      config: { connections: {} },
    } as never);
    const { hash } = await warehouse.structure();
    const rows = await warehouse.live.read(async (session) => {
      const names = await session.query<{ name: string }>(
        `select schemaname || '.' || tablename as name from pg_catalog.pg_tables where schemaname not in ('pg_catalog', 'information_schema', 'sluice') order by 1`,
      );
      return Promise.all(names.map(async ({ name }) => [name, await contentChecksum(session, name)]));
    });
    return { hash, rows };
  }

  /** Keeps the step from getting on, so that the cancellation certainly finds it there. */
  async function holding(instant: string): Promise<Client | undefined> {
    const table = { 'applying the load': 'hr.people', 'applying the change': 'hr.rooms' }[instant];
    if (table === undefined) return undefined;
    const client = new Client({ connectionString: engine.database.url });
    await client.connect();
    await client.query(`begin; lock table ${table} in row exclusive mode`);
    return client;
  }

  it.each(INSTANTS)('cancelled while %s is as if it had never been', async (instant) => {
    const before = await snapshot();
    const handle = await engine.start(goal);
    if (instant === 'planning' || instant === 'rehearsing') {
      await engine.status(handle, [instant, 'rehearsing', 'waiting']);
    } else {
      await engine.status(handle, ['waiting']);
      if (instant !== 'waiting') {
        const holder = await holding(instant);
        await engine.approve(handle);
        const at = ['applying the load', 'applying the change', 'applying the model'].indexOf(instant);
        for (;;) {
          const { steps, status } = await handle.query<{ status: string; steps: { status: string }[] }>(
            'status',
          );
          if (['applying', 'applied'].includes(steps[at]!.status) || status === 'succeeded') break;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        await handle.cancel();
        const outcome = await engine.outcome(handle);
        await holder?.end();
        expect(['undone', 'succeeded']).toContain(outcome.status);
        // The last step may have been through before the cancellation arrived; then the run is undone as any other.
        if (outcome.status === 'succeeded') {
          const undo = await engine.client.workflow.start('undo', {
            taskQueue: engine.taskQueue,
            workflowId: `undo-${handle.workflowId}`,
            args: [{ runId: handle.workflowId, by: 'ann' }],
          });
          await undo.result();
        }
        expect(await snapshot()).toEqual(before);
        return;
      }
    }
    await handle.cancel();
    expect(await engine.outcome(handle)).toMatchObject({ status: 'undone', error: { code: 'cancelled' } });
    expect(await snapshot()).toEqual(before);
  });
});
