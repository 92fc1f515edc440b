import type { Services } from '../activities/services';
import { dropIfOver } from '../activities/shadow';
import type { RecorderTask } from './recorder';

/** Milliseconds for which a warehouse that could not be reached is left alone. */
const REST_MS = 10_000;

/**
 * Drops the shadows that are over and still there: the worker that was to drop them was killed, or the server was away.
 * Nobody waits for that: a tick only starts it, and there is one at a time.
 */
export function leftShadowsTask(services: Services): RecorderTask {
  const resting = new Map<string, { until: number; why: string }>();
  let underWay = false;
  const dropAll = async (left: readonly { runId: string; bundle: string }[]): Promise<void> => {
    for (const { runId, bundle } of left) {
      const before = resting.get(bundle);
      if (before && before.until > performance.now()) continue;
      try {
        await dropIfOver(services, { runId, bundle });
        resting.delete(bundle);
      } catch (cause) {
        const why = String(cause);
        resting.set(bundle, { until: performance.now() + REST_MS, why });
        // The same trouble each time would fill the log.
        if (before?.why === why) continue;
        services.log.warn({ runId, cause: why }, 'a shadow that is over cannot be dropped yet');
      }
    }
  };
  return {
    name: 'dropping shadows that are over',
    async tick() {
      if (underWay) return;
      const left = await services.store.shadows.left();
      if (left.length === 0) return;
      underWay = true;
      services.later('dropping shadows that are over', () => dropAll(left).finally(() => (underWay = false)));
    },
  };
}
