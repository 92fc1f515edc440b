import type { Services } from '../activities/services';
import { type Dispatcher, startDispatcher } from '../governance/notify/dispatcher';
import type { ResolveSecret } from '../governance/secrets';
import type { Instruments } from './metrics/instruments';

/** Sends what activities put into the outbox, while this worker lives; each attempt is counted. */
export function startNotices(
  { store, log }: Services,
  resolveSecret: ResolveSecret,
  { notifications, notifiers }: Instruments,
  temporal: { ui?: string; namespace: string },
): Dispatcher {
  return startDispatcher({
    outbox: store.notifications,
    log,
    resolveSecret,
    onOutcome: (notifier, outcome) => notifications.inc({ notifier: notifiers.label(notifier), outcome }),
    linkTo: (workflowId) =>
      temporal.ui === undefined || workflowId === ''
        ? undefined
        : `${temporal.ui}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(workflowId)}`,
  });
}
