import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Meter } from '../../activities/ask/loop/meter';
import type { Booking } from '../../store/asks/calls';
import { Bounded, BUCKETS } from './bounded';

/** Calls of models as this worker makes them; what they have cost in all, the ledger in the store knows exactly. */
export function modelMetrics(registry: Registry): Meter {
  const registers = [registry];
  const models = new Bounded();
  const roles = new Bounded();
  const calls = new Counter({
    name: 'sluice_llm_calls_total',
    help: 'Attempts to call a model, by how they ended: ok, cached, cancelled, or an error code.',
    labelNames: ['model', 'role', 'purpose', 'outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'sluice_llm_call_duration_seconds',
    help: 'Calls of a model, one attempt each, to the end of the answer.',
    labelNames: ['model', 'outcome'],
    buckets: BUCKETS,
    registers,
  });
  const tokens = new Counter({
    name: 'sluice_llm_tokens_total',
    help: 'Tokens as they are booked, by kind: input, output, cache_read, cache_write.',
    labelNames: ['model', 'role', 'kind'],
    registers,
  });
  const cost = new Counter({
    name: 'sluice_llm_cost_usd_total',
    help: 'US dollars as they are booked, by the table of prices.',
    labelNames: ['model', 'role'],
    registers,
  });
  const budget = new Gauge({
    name: 'sluice_llm_day_budget',
    help: 'What all asks of a day (UTC) may use, as the newest call was configured; absent where it is unbounded.',
    labelNames: ['limit'],
    registers,
  });
  return (call) => {
    const { purpose, outcome, booked, day } = call;
    const model = models.label(call.model);
    const role = roles.label(call.role);
    calls.inc({ model, role, purpose, outcome });
    if (booked) {
      duration.observe({ model, outcome }, booked.ms / 1_000);
      for (const [kind, count] of kindsOf(booked)) if (count > 0) tokens.inc({ model, role, kind }, count);
      if (booked.money > 0) cost.inc({ model, role }, booked.money);
    }
    for (const limit of ['tokens', 'money'] as const) {
      const most = day[limit];
      if (most === undefined) budget.remove({ limit });
      else budget.set({ limit }, most);
    }
  };
}

function kindsOf(booked: Booking): [string, number][] {
  return [
    ['input', booked.inputTokens],
    ['output', booked.outputTokens],
    ['cache_read', booked.cacheReadTokens],
    ['cache_write', booked.cacheWriteTokens],
  ];
}
