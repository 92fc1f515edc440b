import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { createPool, type WorkerPool } from '../../workers/pool';
import { tuningOf } from '../../workers/tuning';
import { type RealEngine, realEngine } from '../e2e/in-process';
import { testTemporal } from '../support/temporal';
import { workflowBundle } from '../workflows/scripted';

jest.setTimeout(120_000);

let engine: RealEngine;
let connection: NativeConnection;
beforeAll(async () => {
  engine = await realEngine('drain');
  connection = await NativeConnection.connect({ address: (await testTemporal()).address });
});
afterAll(async () => {
  await connection.close();
  await engine.close();
});

it('a worker that is told to stop finishes the step it is at; another goes on with the run', async () => {
  const taskQueue = `drain-${randomUUID()}`;
  const { namespace } = await testTemporal();
  const pool = async (): Promise<WorkerPool> =>
    createPool({
      ...{ connection, namespace, taskQueue, services: engine.services, tuning: tuningOf({}) },
      workflowBundle: await workflowBundle(),
    });
  const here = {
    workflow: {
      start: (type: string, options: object) =>
        engine.client.workflow.start(type, { ...(options as { workflowId: string }), taskQueue }),
    },
  } as unknown as Client;
  await engine.admin.query('create schema raw; create table raw.t (id int)');
  const first = await pool();
  const running = first.run();
  const handle = await engine.start(
    { goal: 'drained', steps: [{ id: 's', sql: { statements: 'alter table raw.t add column note text' } }] },
    {},
    here,
  );
  await engine.status(handle, ['waiting']);
  await engine.admin.query('begin; lock table raw.t in access exclusive mode');
  await engine.approve(handle);
  const waits = `select from pg_locks where not granted and relation = 'raw.t'::regclass`;
  while ((await engine.admin.query(waits)).rows.length === 0) await new Promise((r) => setTimeout(r, 20));

  first.shutdown();
  expect(first.working()).toBe(false);
  await engine.admin.query('commit');
  await running;
  const { rows } = await engine.admin.query(`select state from sluice.change where step = 's'`);
  expect(rows).toEqual([{ state: 'applied' }]);

  const second = await pool();
  const again = second.run();
  expect(await engine.outcome(handle)).toMatchObject({ status: 'succeeded' });
  second.shutdown();
  await again;
  const { events } = await handle.fetchHistory();
  const scheduled = (events ?? []).findIndex(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'apply',
  );
  const started = events![scheduled + 1]!.activityTaskStartedEventAttributes;
  // It was not cut off and tried again.
  expect(started).toMatchObject({ attempt: 1, lastFailure: null });
});
