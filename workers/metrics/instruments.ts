import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import packageJson from '../../package.json';

/** Different goals, relations or notifiers in the labels of one metric; what comes later is counted as `other`. */
const DISTINCT = 100;

/** Seconds. */
const BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

/** Keeps a label from having more values than a time series database wants to hear of. */
export class Bounded {
  private readonly known = new Set<string>();

  constructor(private readonly most = DISTINCT) {}

  label(value: string): string {
    if (this.known.has(value)) return value;
    if (this.known.size >= this.most) return 'other';
    this.known.add(value);
    return value;
  }
}

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
    goals: new Bounded(),
    relations: new Bounded(),
    notifiers: new Bounded(),
  };
}
