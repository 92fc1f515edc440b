import { edgesOf, olInput, olOutput, type Where } from '../../lineage/openlineage/datasets';
import { producerUri, type EventParts } from '../../lineage/openlineage/events';
import type { Change, RowCounts } from '../../schemas/change';
import type { ChangeLineage } from '../../schemas/lineage';
import type { RunRef } from '../../schemas/life';
import type { Proposal } from '../../schemas/run';
import { onceKey } from '../../store/once';
import type { Write } from '../../store/write';
import type { Bundle, Services } from '../services';
import { ofStep } from './emit';
import { plainLineage } from './propose';

/** Milliseconds between two signs of life of a step that takes long. */
const RUNNING_MS = 60_000;

/** The lineage of one step while it is applied. */
export interface StepLineage {
  /** After the change is there: what it did, how long it took, what it made; written with what is `beside` it. */
  complete(rows: RowCounts, beside: Write): Promise<void>;
  /** However it went; waits for what was not written yet. */
  end(): Promise<void>;
}

/** Says that a step has started, without waiting: it is written, with what is `beside` it, while the step works. */
export function startStep(
  services: Services,
  run: RunRef,
  parts: { bundle: Bundle; change: Change; proposal: Proposal; beside: Write },
): StepLineage {
  const { bundle, change, proposal, beside } = parts;
  const { step } = change;
  const lineage = change.lineage ?? plainLineage(change);
  const where = whereOf(bundle, proposal);
  const producer = producerUri(services.producer);
  const jobFacets = stepFacets(bundle, run, change, lineage);
  const inputs = lineage.inputs.map((input) => olInput(input, where, producer));
  const outputsOf = (rows?: number) =>
    lineage.outputs.map((output) => olOutput(output, where, producer, rows));
  const startedAt = Date.now();
  const { store } = services;
  const { lineage: log } = store;
  const about = { jobFacets, inputs, outputs: outputsOf() };
  const first = store.together(beside, log.events(run.runId, [ofStep(services, run, step, 'START', about)]));
  // It is waited for below; until then a failure must not count as unhandled.
  first.catch(() => undefined);
  // Fixed here, where the activity's scope is: a timer has none.
  const mark = onceKey(`lineage/running/${step}`);
  let nth = 0;
  const timer = setInterval(() => {
    const { event } = ofStep(services, run, step, 'RUNNING', { jobFacets });
    log
      .events(run.runId, [{ key: `${mark}/${(nth += 1)}`, event }])
      .begin()
      .catch(() => undefined);
  }, RUNNING_MS);
  return {
    async complete(rows, also) {
      await first;
      const one = lineage.outputs.length === 1 ? rows.inserted + rows.updated : undefined;
      const event = ofStep(services, run, step, 'COMPLETE', {
        ...{ jobFacets, inputs, outputs: outputsOf(one) },
        run: { sluice_cost: costOf(change, rows, (Date.now() - startedAt) / 1000) },
      });
      const made = lineage.outputs.map((output, at) => {
        const { namespace, name } = about.outputs[at]!;
        const columns = output.columns?.map((column) => column.name);
        return {
          ...{ namespace, name, edges: edgesOf(lineage, output, where) },
          ...(columns ? { columns } : {}),
          ...(output.partial === undefined ? {} : { partial: output.partial }),
        };
      });
      await store.together(log.made({ runId: run.runId, goal: run.goal, step }, [event], made), also);
    },
    async end() {
      clearInterval(timer);
      await first.catch(() => undefined);
    },
  };
}

function stepFacets(
  bundle: Bundle,
  run: RunRef,
  change: Change,
  lineage: ChangeLineage,
): EventParts['jobFacets'] {
  const { source } = bundle;
  const location = source ?? { type: 'sluice', url: `urn:sluice:bundle:${run.bundle}` };
  const path = lineage.file ?? undefined;
  return {
    jobType: { processingType: 'BATCH', integration: 'SLUICE', jobType: change.kind.toUpperCase() },
    sourceCodeLocation: { ...location, ...(path === undefined ? {} : { path }) },
    sql: lineage.sql === undefined ? undefined : { query: lineage.sql, dialect: 'postgres' },
  };
}

export function costOf(
  { estimate }: Pick<Change, 'estimate'>,
  rows: RowCounts,
  seconds: number,
): Record<string, unknown> {
  const { rows: estimated, bytes, seconds: time, undoBytes } = estimate;
  const expected = { rows: estimated, bytes, seconds: time, undoBytes };
  return {
    estimate: Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined)),
    actual: { ...rows, seconds: Math.round(seconds * 1000) / 1000 },
  };
}

function whereOf({ goal, config, root }: Bundle, { target }: Proposal): Where {
  const { host = goal.warehouse, port = '', database = '' } = target;
  const warehouse = { host, port, database };
  const others = Object.entries(config.connections).map(([name, connection]) => [
    name,
    connection.kind === 'postgres' ? connection : undefined,
  ]);
  return {
    warehouse,
    connections: { local: warehouse, ...Object.fromEntries(others) } as Where['connections'],
    root: (name) => {
      const connection = config.connections[name];
      return connection?.kind === 'files' ? connection.root : (config.files?.root ?? root);
    },
  };
}
