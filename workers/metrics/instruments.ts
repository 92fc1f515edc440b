import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import packageJson from '../../package.json';
import { Bounded, BUCKETS } from './bounded';
import { modelMetrics } from './model-metrics';

export type Instruments = ReturnType<typeof createInstruments>;

/** Everything a worker measures itself; what must survive its restart is read from the store (`store-values.ts`). */
export function createInstruments(build: string) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const info = new Gauge({
    name: 'sluice_build_info',
    help: 'The version and build that runs; always 1.',
    labelNames: ['version', 'build', 'node'],
    registers,
  });
  info.set({ version: packageJson.version, build, node: process.version }, 1);
  const seconds = <Label extends string>(name: string, help: string, labelNames: Label[]): Histogram<Label> =>
    new Histogram({ name, help, labelNames, buckets: BUCKETS, registers });
  return {
    registry,
    activity: seconds('sluice_activity_duration_seconds', 'Activities, one attempt each.', [
      'activity',
      'outcome',
    ]),
    step: seconds('sluice_step_duration_seconds', 'Applying one step, verified and committed.', [
      'goal',
      'kind',
    ]),
    rehearsal: seconds('sluice_rehearsal_duration_seconds', 'Rehearsing one step on the shadow.', [
      'goal',
      'kind',
    ]),
    undo: seconds('sluice_undo_duration_seconds', 'Undoing the changes of one run, one attempt each.', [
      'goal',
      'outcome',
    ]),
    rows: new Counter({
      name: 'sluice_rows_total',
      help: 'Rows read, inserted, updated, deleted or quarantined, by the relation that was written.',
      labelNames: ['relation', 'outcome'],
      registers,
    }),
    notifications: new Counter({
      name: 'sluice_notifications_total',
      help: 'Attempts to tell somebody, by how they ended: sent, failed, given_up.',
      labelNames: ['notifier', 'outcome'],
      registers,
    }),
    /** Is told of every call of a model. */
    meter: modelMetrics(registry),
    goals: new Bounded(),
    relations: new Bounded(),
    notifiers: new Bounded(),
  };
}
