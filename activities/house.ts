import {
  NOTHING_DUE,
  STORE_PARTS,
  type Due,
  type ErasureHouse,
  type House,
  type StorePart,
} from '../capabilities/house';
import type { Change } from '../schemas/change';
import { retentionOf } from '../schemas/retention';
import type { Proposal } from '../schemas/run';
import type { Bundle, Services } from './services';

/** Milliseconds for which an erasure waits for rehearsals whose shadows may hold what was erased. */
const GRACE_MS = 60_000;

/**
 * The house of a run: its store, and the shadows of its warehouse. How long things are kept is the worker's own
 * configuration: they are everybody's, and a goal's author must not shorten that. A rehearsal looks, and sweeps nothing.
 */
export function houseOf(services: Services, bundle: Bundle, runId: string, rehearsal: boolean): House {
  const retention = retentionOf(services.project.config);
  const { housekeeping } = services.store;
  return {
    retention,
    openRuns: () => housekeeping.openRuns(),
    async store(parts, sweep) {
      const due: Partial<Record<StorePart, Due>> = {};
      if (parts.length > 0 && sweep && !rehearsal)
        await services.store.erasures.forgetStray(await housekeeping.openRuns());
      // In this order: what only a run or an ask refers to is due once that is gone.
      for (const part of STORE_PARTS.filter((each) => parts.includes(each)))
        due[part] = rehearsal ? NOTHING_DUE : await housekeeping[part](retention[`${part}Ms`], sweep);
      return due;
    },
    async sent(what, sweep) {
      return rehearsal ? NOTHING_DUE : housekeeping.sent(what, retention[what], sweep);
    },
    async shadows(sweep) {
      if (rehearsal) return NOTHING_DUE;
      const warehouse = await services.warehouse(bundle);
      return warehouse.unusedShadows(retention.shadowsMs, sweep);
    },
    erasure: erasureOf(services, bundle, runId, rehearsal),
  };
}

function erasureOf(services: Services, bundle: Bundle, runId: string, rehearsal: boolean): ErasureHouse {
  const { erasures, housekeeping, artifacts } = services.store;
  return {
    values: (request) => erasures.take(request, runId),
    key: () => erasures.key(),
    keys: (ids) => erasures.keys(ids),
    async change(changeId) {
      const ref = await housekeeping.proposalWith(changeId);
      if (ref === undefined) return undefined;
      const proposal = await artifacts.getJson<Proposal>(ref);
      const at = proposal.changes.findIndex(({ id }) => id === changeId);
      return at < 0 ? undefined : artifacts.getJson<Change>(proposal.changeRefs[at]!);
    },
    artifactsWith: (values) =>
      rehearsal || values.length === 0 ? Promise.resolve([]) : erasures.artifactsWith(values),
    textsWith: (values) =>
      rehearsal || values.length === 0 ? Promise.resolve([]) : erasures.textsWith(values),
    async dropShadows() {
      if (rehearsal) return 0;
      const warehouse = await services.warehouse(bundle);
      return (await warehouse.unusedShadows(0, true, true)).count;
    },
    async endShadows(waiting) {
      if (rehearsal) return 0;
      const warehouse = await services.warehouse(bundle);
      const graceMs = Math.min(GRACE_MS, retentionOf(services.project.config).shadowsMs);
      const ended = await warehouse.endShadows(graceMs, waiting);
      if (ended > 0) services.log.warn({ runId, ended }, 'shadows in use were dropped for an erasure');
      return ended;
    },
  };
}
