import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Runtime } from '@temporalio/worker';
import { parse } from 'yaml';
import type { MetricsServer } from '../../workers/metrics/server';
import { Bounded } from '../../workers/metrics/bounded';
import { prepareObservation } from '../../workers/observe';
import { configSchema } from '../../schemas/config';
import { type MessagesApi, startMessagesApi } from '../messages-api/server';
import { testParts } from '../workflows/ask/parts';
import { parsePromql } from '../support/promql';
import type * as inProcess from '../e2e/in-process';
import { type Exposition, readExposition, sampleOf } from './exposition';

jest.setTimeout(120_000);

let engine: inProcess.RealEngine;
let server: MetricsServer;
let api: MessagesApi;
let working = true;

beforeAll(async () => {
  const observation = await prepareObservation('127.0.0.1:0', 'abc');
  Runtime.install({
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} }, ...observation.telemetry },
  });
  // What it imports installs a runtime where there is none.
  const { realEngine } = jest.requireActual<typeof inProcess>('../e2e/in-process');
  api = await startMessagesApi();
  engine = await realEngine('metrics', {
    activityInterceptors: [observation.activityInterceptor],
    meter: observation.instruments.meter,
    ask: testParts(),
    resolveSecret: () => Promise.resolve(api.apiKey),
  });
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  server = (await observation.serve(engine.services.store.db, silent, () => working))!;
});
afterAll(async () => {
  await server?.close();
  await engine?.close();
  await api?.stop();
});

const get = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, init);
/** The store's values are looked up anew every two seconds. */
async function scrape(until: (page: Exposition) => boolean = () => true): Promise<Exposition> {
  for (const end = Date.now() + 20_000; ;) {
    const page = readExposition(await (await get('/metrics')).text());
    if (until(page)) return page;
    if (Date.now() > end) throw new Error('the page never showed it');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
const GOAL = { goal: 'metered' };
const goal = (files: string): object => ({
  ...GOAL,
  steps: [
    {
      id: 'load',
      ingest: { from: { files }, into: 'raw.metered', mode: 'append', quarantine: { limit: 10 } },
    },
  ],
});

describe('GET /metrics', () => {
  it('follows a run from its gate to its end, and an undo that is refused', async () => {
    engine.write('a.csv', `n,t\n${Array.from({ length: 40 }, (_, n) => `${n},x`).join('\n')}\nseven,y\n`);
    const first = await engine.start(goal('a.csv'));
    await engine.status(first, ['waiting']);
    const waiting = await scrape((page) => sampleOf(page, 'sluice_gates_waiting', GOAL) === 1);
    expect(sampleOf(waiting, 'sluice_runs', { ...GOAL, status: 'waiting' })).toBe(1);
    expect(sampleOf(waiting, 'sluice_gate_oldest_age_seconds', GOAL)).toBeGreaterThan(0);
    expect(sampleOf(waiting, 'sluice_goal_freshness_seconds', GOAL)).toBeUndefined();

    await engine.approve(first);
    expect((await engine.outcome(first)).status).toBe('succeeded');
    const page = await scrape(
      (found) => sampleOf(found, 'sluice_runs', { ...GOAL, status: 'succeeded' }) === 1,
    );
    expect(sampleOf(page, 'sluice_gates_waiting', GOAL)).toBeUndefined();
    expect(sampleOf(page, 'sluice_goal_freshness_seconds', GOAL)).toBeLessThan(120);
    expect(sampleOf(page, 'sluice_goal_last_success_timestamp_seconds', GOAL)).toBeGreaterThan(1.6e9);
    const rows = { relation: 'raw.metered' };
    const outcome = await engine.outcome(first);
    expect(sampleOf(page, 'sluice_rows_total', { ...rows, outcome: 'inserted' })).toBe(
      outcome.steps[0]!.rows.inserted,
    );
    expect(sampleOf(page, 'sluice_rows_total', { ...rows, outcome: 'quarantined' })).toBe(
      outcome.steps[0]!.rows.quarantined || undefined,
    );
    const kind = { ...GOAL, kind: 'ingest' };
    expect(sampleOf(page, 'sluice_step_duration_seconds_count', kind)).toBe(1);
    expect(sampleOf(page, 'sluice_rehearsal_duration_seconds_count', kind)).toBe(1);
    expect(
      sampleOf(page, 'sluice_activity_duration_seconds_count', { activity: 'seal', outcome: 'ok' }),
    ).toBe(1);
    expect(sampleOf(page, 'sluice_build_info', { build: 'abc' })).toBe(1);
    expect(sampleOf(page, 'sluice_store_up')).toBe(1);

    engine.write('b.csv', 'n,t\n41,x\n');
    const second = await engine.start(goal('b.csv'));
    await engine.approve(second);
    expect((await engine.outcome(second)).status).toBe('succeeded');
    const undo = await engine.client.workflow.start('undo', {
      workflowId: `undo-${first.workflowId}-1`,
      taskQueue: engine.taskQueue,
      args: [{ runId: first.workflowId, by: 'ann' }],
    });
    await expect(undo.result()).rejects.toThrow();
    const refused = await scrape((found) => sampleOf(found, 'sluice_undo_failures_total', GOAL) === 1);
    expect(
      sampleOf(refused, 'sluice_undo_duration_seconds_count', { ...GOAL, outcome: 'undo_refused' }),
    ).toBe(1);
  });

  it('follows an ask: a call that fails, a question, its end, and what it cost', async () => {
    api.script([
      { when: { turn: 0 }, answer: { text: 'no' }, fault: { name: '429', retryAfter: 1 }, times: 1 },
      { when: { turn: 0 }, answer: { tool: 'ask_person', input: { question: 'which?' } } },
      { answer: { tool: 'answer', input: { answer: 'forty two' } } },
    ]);
    const { artifacts } = engine.services.store;
    const config = configSchema.parse({ llm: { baseUrl: api.url, budgets: { day: { money: 5 } } } });
    const ground = await artifacts.putJson('ask_ground', { config, root: engine.root });
    const input = await artifacts.putJson('ask_input', { text: 'whose secret words', bundle: ground });
    const ask = await engine.client.workflow.start('ask', {
      taskQueue: engine.taskQueue,
      workflowId: 'ask-metered',
      args: [{ sluice: 'ask', askId: 'ask-metered', input, by: 'ann', interactive: true }],
    });
    const answer = { waits_for: 'answer' };
    const waiting = await scrape((page) => sampleOf(page, 'sluice_asks_waiting', answer) === 1);
    expect(sampleOf(waiting, 'sluice_ask_oldest_age_seconds', answer)).toBeGreaterThan(0);
    await ask.executeUpdate('answer', { args: [{ questionId: 'q-6', text: 'that one', by: 'ann' }] });
    await ask.result();

    const page = await scrape((found) => sampleOf(found, 'sluice_asks', { status: 'answered' }) === 1);
    const calls = { model: 'claude-opus-5-5', role: 'planner', purpose: 'plan' };
    expect(sampleOf(page, 'sluice_llm_calls_total', { ...calls, outcome: 'ok' })).toBe(2);
    expect(sampleOf(page, 'sluice_llm_calls_total', { ...calls, outcome: 'llm_limited' })).toBe(1);
    expect(sampleOf(page, 'sluice_llm_call_duration_seconds_count', { outcome: 'ok' })).toBe(2);
    const { usage } = (await engine.services.store.asks.get('ask-metered'))!.document!;
    const kind = (name: string) => sampleOf(page, 'sluice_llm_tokens_total', { kind: name }) ?? 0;
    expect([kind('output'), kind('input'), kind('cache_write'), kind('cache_read')]).toEqual([
      usage.outputTokens,
      usage.inputTokens,
      usage.cacheWriteTokens,
      usage.cacheReadTokens,
    ]);
    expect(sampleOf(page, 'sluice_llm_cost_usd_total')).toBeCloseTo(usage.money, 9);
    expect(sampleOf(page, 'sluice_llm_day_spent', { limit: 'money' })).toBeCloseTo(usage.money, 9);
    expect(sampleOf(page, 'sluice_llm_day_budget', { limit: 'money' })).toBe(5);
    expect(sampleOf(page, 'sluice_llm_day_budget', { limit: 'tokens' })).toBeUndefined();
    expect(JSON.stringify(page.samples)).not.toMatch(/secret words|which\?|that one|forty two|ask-metered/);
  });

  it('has the Temporal SDK’s own metrics on the same page', async () => {
    const { types, samples } = await scrape();
    expect(types.get('temporal_request')).toBe('counter');
    expect(samples.some(({ name }) => name.startsWith('temporal_workflow_task_execution_latency'))).toBe(
      true,
    );
  });

  it('exposes every metric that the example of alert rules uses', async () => {
    const { types } = await scrape();
    const file = join(__dirname, '../../ops/prometheus/alerts.yaml');
    const { groups } = parse(readFileSync(file, 'utf8')) as {
      groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
    };
    const rules = groups.flatMap(({ rules }) => rules);
    for (const { alert, expr, annotations } of rules) {
      const { labels } = parsePromql(expr);
      const shown = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, name]) => name!);
      expect({ alert, lost: shown.filter((name) => !labels.has(name)) }).toEqual({ alert, lost: [] });
    }
    const used = new Set(rules.flatMap(({ expr }) => metricNames(expr)));
    expect(rules.map(({ alert }) => alert)).toEqual(
      expect.arrayContaining([
        'SluiceGateWaitsLong',
        'SluiceGoalNotFresh',
        'SluiceUndoFailed',
        'SluiceQuarantineRate',
        'SluiceWorkerDown',
        'SluiceOutboxStuck',
        'SluiceDayBudgetNearlyUsed',
        'SluiceModelCallsFail',
      ]),
    );
    // Prometheus makes `up` itself; failures are counted from the first one on.
    const known = new Set([...types.keys(), 'up', 'temporal_long_request_failure']);
    expect([...used].filter((name) => !known.has(name.replace(/_(count|bucket|sum)$/, '')))).toEqual([]);
    expect(used.size).toBeGreaterThan(8);
  });

  it('says that the store is down when it is, and still answers', async () => {
    const observation = await prepareObservation('127.0.0.1:0', 'abc');
    const { Kysely, PostgresDialect } = await import('kysely');
    const { Pool } = await import('pg');
    const pool = new Pool({ host: '127.0.0.1', port: 1, max: 1 });
    const db = new Kysely<never>({ dialect: new PostgresDialect({ pool }) });
    const silent = { debug() {}, info() {}, warn() {}, error() {} };
    const other = (await observation.serve(db as never, silent, () => true))!;
    try {
      const page = readExposition(await (await fetch(`http://127.0.0.1:${other.port}/metrics`)).text());
      expect(sampleOf(page, 'sluice_store_up')).toBe(0);
      expect(sampleOf(page, 'sluice_build_info')).toBe(1);
      const ready = await fetch(`http://127.0.0.1:${other.port}/readyz`);
      expect([ready.status, await ready.text()]).toEqual([503, 'the store does not answer\n']);
    } finally {
      await other.close();
      await db.destroy();
    }
  });
});

describe('health', () => {
  it('/healthz says that the process lives, /readyz that it takes work', async () => {
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    working = false;
    const ready = await get('/readyz');
    working = true;
    expect([ready.status, await ready.text()]).toEqual([503, 'the worker does not take work\n']);
    expect((await get('/healthz')).status).toBe(200);
  });

  it('nothing else is there, and nothing can be sent', async () => {
    expect((await get('/')).status).toBe(404);
    expect((await get('/metrics', { method: 'POST', body: 'x' })).status).toBe(405);
  });
});

it('a label has at most so many values', () => {
  const bounded = new Bounded(2);
  expect(['a', 'b', 'c', 'a', 'd'].map((value) => bounded.label(value))).toEqual([
    'a',
    'b',
    'other',
    'a',
    'other',
  ]);
});

/** Names of metrics in PromQL: words outside of labels, strings and durations that are no function or keyword. */
function metricNames(promql: string): string[] {
  const bare = promql
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, ' ');
  const words = [...bare.matchAll(/([a-zA-Z_:][\w:]*)(\s*\()?/g)];
  return words
    .filter(([, , call]) => call === undefined)
    .map(([, word]) => word!)
    .filter((word) => !/^(and|or|unless|bool)$/.test(word));
}
