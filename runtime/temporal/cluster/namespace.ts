import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';

/** Temporal keeps the history of a run that has ended for this long; what Sluice remembers is in its own store. */
const RETENTION = '7 days';

/** ALREADY_EXISTS and NOT_FOUND of google.rpc.Code. */
const [NOT_FOUND, ALREADY_EXISTS] = [5, 6];

/** A dev server has its namespace from the start; a server on a database has to be told. Idempotent. */
export async function ensureNamespace(connection: Connection, namespace: string): Promise<void> {
  const { workflowService } = connection;
  try {
    await workflowService.describeNamespace({ namespace });
  } catch (cause) {
    if ((cause as { code?: number }).code !== NOT_FOUND) throw cause;
    try {
      await workflowService.registerNamespace({
        namespace,
        workflowExecutionRetentionPeriod: msToTs(RETENTION),
      });
    } catch (again) {
      if ((again as { code?: number }).code !== ALREADY_EXISTS) throw again;
    }
  }
}
