import { Client, Connection } from '@temporalio/client';
import type { Link } from '../../../client/core/stack';
import type { RunDocument } from '../../../schemas/run';
import { openStore } from '../../../store/store';
import { testDatabase } from '../../support/postgres';
import { testTemporal } from '../../support/temporal';

/** A link to the tests' Temporal server and a store of its own; workers may come and go beside it. */
export async function testLink(taskQueue = 'nobody'): Promise<Link> {
  const { address, namespace } = await testTemporal();
  const connection = await Connection.connect({ address });
  const database = await testDatabase('client_store', { ledger: false });
  const store = await openStore(database.url, 2);
  return {
    client: new Client({ connection, namespace }),
    store,
    taskQueue,
    home: '/nowhere',
    uiUrl: () => undefined,
    renew: () => Promise.resolve(),
    async close() {
      await store.close();
      await database.drop();
      await connection.close();
    },
  };
}

/** What a run's own activities would have put into the store. */
export async function recordRun(
  link: Link,
  run: { runId: string; temporalRunId: string; status?: RunDocument['status']; document?: RunDocument },
): Promise<void> {
  const bundle = await link.store.artifacts.putJson('bundle', { goal: 'g' });
  const { runId, temporalRunId } = run;
  await link.store.runs.begin({
    runId,
    goal: 'g',
    workflowId: runId,
    temporalRunId,
    mode: 'apply',
    startedBy: 'ann',
    bundle,
  });
  if (run.document) await link.store.runs.report(run.document);
}
