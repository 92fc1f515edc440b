import { Counter, Gauge, type Registry } from 'prom-client';
import { observe, type Observed } from '../../store/observations';
import type { StoreDb } from '../../store/database';
import { Bounded } from './bounded';

/** Milliseconds for which one look serves every metric and every scraper. */
const FRESH_MS = 2_000;

/**
 * Metrics whose values are the store's: read when they are scraped, the same from every worker (aggregate them with
 * `max`), and there again after a restart. A store that does not answer makes `sluice_store_up` 0 and takes no
 * other metric away from the scrape.
 */
export function registerStoreValues(registry: Registry, db: StoreDb): void {
  const goals = new Bounded();
  const look = remembered(() => observe(db));
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    values: (found: Observed) => [Record<Label, string>, number][],
  ): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        this.reset();
        for (const [labels, value] of merged(values(await look()))) this.set(labels, value);
      },
    });
  };
  const perGoal = <T extends { goal: string }>(
    rows: readonly T[],
    value: (row: T) => number,
  ): [{ goal: string }, number][] => rows.map((row) => [{ goal: goals.label(row.goal) }, value(row)]);

  new Gauge({
    name: 'sluice_store_up',
    help: '1 if the store answered this scrape, else 0.',
    registers: [registry],
    async collect() {
      this.set((await look()) === NOTHING ? 0 : 1);
    },
  });
  gauge('sluice_runs', 'Runs on record, by goal and status.', ['goal', 'status'], ({ runs }) =>
    runs.map(({ goal, status, count }) => [{ goal: goals.label(goal), status }, count]),
  );
  gauge('sluice_gates_waiting', 'Runs that wait at their gate.', ['goal'], ({ gates }) =>
    perGoal(gates, ({ waiting }) => waiting),
  );
  gauge(
    'sluice_gate_oldest_age_seconds',
    'How long the run that waits longest has waited at its gate.',
    ['goal'],
    ({ gates }) => perGoal(gates, ({ oldestSeconds }) => oldestSeconds),
  );
  gauge(
    'sluice_goal_last_success_timestamp_seconds',
    'When the last run that stands succeeded, in Unix time.',
    ['goal'],
    ({ successes }) => perGoal(successes, ({ at }) => at),
  );
  gauge(
    'sluice_goal_freshness_seconds',
    'Seconds since the last run that stands succeeded.',
    ['goal'],
    ({ successes }) => perGoal(successes, ({ secondsAgo }) => secondsAgo),
  );
  gauge('sluice_asks', 'Asks on record, by status.', ['status'], ({ asks }) =>
    asks.map(({ status, count }) => [{ status }, count]),
  );
  const waiting = (asks: Observed['asks']): { waits_for: string; count: number; oldestSeconds: number }[] =>
    asks.flatMap(({ status, ...ask }) =>
      status === 'asking' || status === 'over_budget'
        ? [{ waits_for: status === 'asking' ? 'answer' : 'budget', ...ask }]
        : [],
    );
  gauge(
    'sluice_asks_waiting',
    'Asks that wait for a person: for the answer to a question, or for more budget.',
    ['waits_for'],
    ({ asks }) => waiting(asks).map(({ waits_for, count }) => [{ waits_for }, count]),
  );
  gauge(
    'sluice_ask_oldest_age_seconds',
    'How long the ask that waits longest has waited for a person.',
    ['waits_for'],
    ({ asks }) => waiting(asks).map(({ waits_for, oldestSeconds }) => [{ waits_for }, oldestSeconds]),
  );
  gauge(
    'sluice_llm_day_spent',
    'What all asks of this day (UTC) have used: tokens, and money in US dollars.',
    ['limit'],
    ({ today }) => today.map(({ limit, spent }) => [{ limit }, spent]),
  );
  gauge('sluice_outbox_pending', 'Messages that still have to go.', ['outbox'], ({ outboxes }) =>
    outboxes.map(({ outbox, pending }) => [{ outbox }, pending]),
  );
  gauge(
    'sluice_outbox_oldest_age_seconds',
    'How long the oldest message that still has to go has waited.',
    ['outbox'],
    ({ outboxes }) => outboxes.map(({ outbox, oldestSeconds }) => [{ outbox }, oldestSeconds]),
  );
  new Counter({
    name: 'sluice_undo_failures_total',
    help: 'Undos and compensations that failed for good; nothing was half undone.',
    labelNames: ['goal'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const [labels, value] of perGoal((await look()).undoFailures, ({ count }) => count))
        this.inc(labels, value);
    },
  });
}

const NOTHING: Observed = {
  ...{ runs: [], gates: [], successes: [], undoFailures: [], outboxes: [], asks: [], today: [] },
};

/** Goals beyond the bound share the label `other`: of counts the sum would be right, of ages the oldest; the largest serves both. */
function merged<Label extends string>(
  values: [Record<Label, string>, number][],
): Iterable<[Record<Label, string>, number]> {
  const found = new Map<string, [Record<Label, string>, number]>();
  for (const [labels, value] of values) {
    const key = JSON.stringify(labels);
    found.set(key, [labels, Math.max(value, found.get(key)?.[1] ?? 0)]);
  }
  return found.values();
}

function remembered(look: () => Promise<Observed>): () => Promise<Observed> {
  let last: { at: number; found: Promise<Observed> } | undefined;
  return () => {
    if (!last || Date.now() - last.at > FRESH_MS) {
      last = { at: Date.now(), found: look().catch(() => NOTHING) };
    }
    return last.found;
  };
}
