import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { testTemporal } from '../support/temporal';
import { NO_ROWS } from '../../schemas/change';
import { queuesBeside } from '../../schemas/queues';
import { DIGEST, scripted } from './scripted';

jest.setTimeout(60_000);

const HEAVY = ['openShadow', 'rehearse', 'closeShadow', 'apply', 'undo'];

/** Which queue each kind of activity was given to. */
async function queuesOf(handle: WorkflowHandle): Promise<Record<string, string>> {
  const { events } = await handle.fetchHistory();
  return Object.fromEntries(
    (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled ? [[scheduled.activityType!.name!, scheduled.taskQueue!.name!]] : [],
    ),
  );
}

describe('the task queues of a run', () => {
  it('are its own for looks, store rows and decisions, and another for rehearsals, loads and undos', async () => {
    const base = `queues-${randomUUID()}`;
    const queues = queuesBeside(base);
    const { address, namespace } = await testTemporal();
    const fail = () => Promise.reject(new Error('no'));
    const run = await scripted({
      admitted: { queues },
      activities: { apply: fail, rehearse: fail, undo: fail, openShadow: fail, closeShadow: fail },
    });
    const connection = await NativeConnection.connect({ address });
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: queues.heavy,
      activities: {
        openShadow: () => Promise.resolve({ gaps: [] }),
        rehearse: () => Promise.resolve({ whole: true, checks: [], sampled: [], gaps: [] }),
        closeShadow: () =>
          Promise.resolve({ status: 'proven', undoProven: true, checks: [], covers: [], gaps: [] }),
        apply: () => Promise.resolve({ rows: NO_ROWS, checks: [] }),
      },
    });
    const running = worker.run();
    try {
      const handle = await run.start();
      await run.until(handle, 'waiting');
      await handle.executeUpdate('decide', {
        args: [{ verdict: 'approve', digest: DIGEST, by: 'ann', via: 'cli' }],
      });
      await handle.result();
      for (const [activity, queue] of Object.entries(await queuesOf(handle))) {
        expect({ activity, heavy: queue === queues.heavy }).toEqual({
          activity,
          heavy: HEAVY.includes(activity),
        });
      }
    } finally {
      worker.shutdown();
      await running;
      await connection.close();
      await run.close();
    }
  });
});
