import type { WorkflowExecutionDescription } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow';
import type { Link } from '../stack';

/** Whom a step or undo of the workflow waits for, as its activity's last heartbeat says; `undefined`: for nobody. */
export async function waitedFor(
  link: Link,
  { raw }: WorkflowExecutionDescription,
): Promise<string | undefined> {
  for (const { heartbeatDetails } of raw.pendingActivities ?? []) {
    const details = await decodeFromPayloadsAtIndex<{ waitsFor?: unknown } | undefined>(
      link.client.options.loadedDataConverter,
      0,
      heartbeatDetails?.payloads,
    ).catch(() => undefined);
    if (typeof details?.waitsFor === 'string') return details.waitsFor;
  }
  return undefined;
}
