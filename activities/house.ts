import { NOTHING_DUE, type House } from '../capabilities/house';
import { retentionOf } from '../schemas/retention';
import type { Bundle, Services } from './services';

/** The house of a run: its store, and the shadows of its warehouse. A rehearsal looks, and sweeps nothing. */
export function houseOf(services: Services, bundle: Bundle, rehearsal: boolean): House {
  const retention = retentionOf(bundle.config);
  const { housekeeping } = services.store;
  return {
    retention,
    openRuns: () => housekeeping.openRuns(),
    async store(sweep) {
      if (rehearsal) return { runs: NOTHING_DUE, artifacts: NOTHING_DUE };
      // Runs first: what only they refer to is then due as well.
      const runs = await housekeeping.runs(retention.runsMs, sweep);
      return { runs, artifacts: await housekeeping.artifacts(retention.artifactsMs, sweep) };
    },
    async shadows(sweep) {
      if (rehearsal) return NOTHING_DUE;
      const warehouse = await services.warehouse(bundle);
      return warehouse.unusedShadows(retention.shadowsMs, sweep);
    },
  };
}
