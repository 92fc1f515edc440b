import { SluiceError } from '../schemas/errors';
import type { FilesLook, WatchRequest } from '../schemas/life';
import type { FoundFile } from '../sources/sources';
import { digestOf } from '../store/digest';
import { asActivity, loadBundle } from './run-context';
import type { Bundle, Services } from './services';

/**
 * One look for new files, without reading any: paths, sizes and times of writing. What has changed counts when the
 * next look finds it unchanged: a file that is still written is waited for.
 */
export function lookForFiles(services: Services, request: WatchRequest): Promise<FilesLook> {
  const { goal } = request;
  return asActivity(services, { goal }, async () => {
    const bundle = await loadBundle(services, { bundle: request.bundle });
    const found = await filesOf(services, bundle);
    if (found.length === 0) return { fresh: false };
    const signature = digestOf(found);
    const saw = await services.store.schedules.saw(goal, signature);
    if (!saw?.fresh) return { fresh: false };
    // The same files at the same count are the same run, whoever looks.
    return { fresh: true, signature, workflowId: `${goal}-files-${saw.nth}-${signature.slice(0, 8)}` };
  });
}

/** A run was started for these files. Idempotent. */
export function acted(services: Services, input: WatchRequest & { signature: string }): Promise<void> {
  return asActivity(services, { goal: input.goal }, () =>
    services.store.schedules.acted(input.goal, input.signature),
  );
}

async function filesOf(services: Services, bundle: Bundle): Promise<FoundFile[]> {
  const { trigger } = bundle.goal;
  if (!trigger?.files) return [];
  const sources = services.sources(bundle);
  try {
    return await sources.list(trigger.files, trigger.connection);
  } catch (cause) {
    // Nothing there yet is nothing new.
    if (cause instanceof SluiceError && cause.code === 'source_missing') return [];
    throw cause;
  } finally {
    await sources.close();
  }
}
