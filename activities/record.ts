import type { RunRef } from '../schemas/life';
import type { RunDocument } from '../schemas/run';
import { asActivity } from './run-context';
import type { Services } from './services';

/** Life of a run, 8: how it ended, in the store. */
export function record(
  services: Services,
  input: { run: RunRef; document: RunDocument; by: string },
): Promise<void> {
  const { run, document } = input;
  return asActivity(services, { ...run, status: document.status }, async () => {
    await services.store.runs.report(document);
    await services.store.record.event(run.runId, document.status, input.by, {
      digest: document.digest,
      ...(document.error ? { error: document.error } : {}),
    });
    services.log.info(
      { ...run, status: document.status, error: document.error?.code },
      `run ${document.status}`,
    );
  });
}
