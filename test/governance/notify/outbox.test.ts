import { MockActivityEnvironment } from '@temporalio/testing';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Dispatcher,
  type DispatcherOptions,
  startDispatcher,
} from '../../../governance/notify/dispatcher';
import type { Message } from '../../../governance/notify/message';
import { remind } from '../../../activities/gate';
import { openStore, type Store } from '../../../store/store';
import { realEngine } from '../../e2e/in-process';
import { testDatabase, type TestDatabase } from '../../support/postgres';

jest.setTimeout(90_000);

let database: TestDatabase;
let store: Store;
let server: Server;
let url: string;
let answer: () => number = () => 200;
const got: { key: string; status: number }[] = [];
const running: Dispatcher[] = [];

beforeAll(async () => {
  database = await testDatabase('outbox', { ledger: false });
  store = await openStore(database.url);
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const status = answer();
      if (status === 0) return; // hangs
      got.push({ key: String(request.headers['idempotency-key']), status });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((dispatcher) => dispatcher.stop()));
  got.length = 0;
  answer = () => 200;
});
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await store?.close();
  await database?.drop();
});

function dispatch(over: Partial<DispatcherOptions> = {}): void {
  running.push(
    startDispatcher({
      outbox: store.notifications,
      resolveSecret: () => Promise.resolve('key'),
      log: { info: () => undefined, warn: () => undefined },
      tickMs: 20,
      firstWaitMs: 40,
      ...over,
    }),
  );
}

async function add(key: string, notifier = 'hook', over: object = {}): Promise<void> {
  const message: Partial<Message> = { event: 'failed', title: key, text: [], commands: [], workflowId: '' };
  await store.notifications.add({
    ...{ key, notifier, event: 'failed', runId: 'r', goal: 'g', message },
    settings: { kind: 'webhook', url, secret: 'secret://k', private: true, ...over },
  });
}

async function until(seen: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await seen());) {
    if (Date.now() > end) throw new Error(`not seen: ${JSON.stringify(got)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const delivered = (key: string) => async (): Promise<boolean> =>
  Boolean((await store.notifications.state(key))?.sentAt);

it('an outage loses nothing: the message arrives when the endpoint is back, under the same key', async () => {
  answer = () => 503;
  await add('outage');
  dispatch();
  await until(() => got.length >= 3);
  expect(await store.notifications.state('outage')).toMatchObject({
    sentAt: null,
    lastError: 'The endpoint answered 503.',
  });
  answer = () => 200;
  await until(delivered('outage'));
  expect(new Set(got.map(({ key }) => key))).toEqual(new Set(['outage']));
  expect(got.filter(({ status }) => status === 200)).toHaveLength(1);
});

it('the same key is one message, also when it was sent before', async () => {
  await add('once');
  await add('once');
  dispatch();
  await until(delivered('once'));
  await add('once');
  await add('after');
  await until(delivered('after'));
  expect(got.map(({ key }) => key)).toEqual(['once', 'after']);
});

it('two workers share the work: each message goes once', async () => {
  const keys = Array.from({ length: 40 }, (_, n) => `shared-${n}`);
  for (const key of keys) await add(key);
  dispatch();
  dispatch();
  for (const key of keys) await until(delivered(key));
  expect(got.map(({ key }) => key).sort()).toEqual([...keys].sort());
});

it('an endpoint that never answers keeps no other notifier waiting', async () => {
  answer = () => 0;
  await add('hangs', 'slow');
  dispatch();
  await until(async () => (await store.notifications.state('hangs'))?.attempts === 1);
  await store.notifications.add({
    ...{ key: 'quick', notifier: 'log', event: 'failed', runId: 'r', goal: 'g' },
    settings: { kind: 'log' },
    message: { event: 'failed', title: 'quick', text: [], commands: [], workflowId: '' },
  });
  await until(delivered('quick'));
  expect((await store.notifications.state('hangs'))?.sentAt).toBeNull();
  server.closeAllConnections();
  await store.notifications.withdraw('hangs');
});

it('what a worker had taken when it was killed goes to another after the lease', async () => {
  await add('taken');
  const [item] = await store.notifications.claim('hook', 10, 300);
  expect(item?.key).toBe('taken');
  expect(await store.notifications.claim('hook', 10, 300)).toEqual([]);
  dispatch();
  await until(delivered('taken'));
});

it('a secret that is missing, or quoted by an error, is not in what is stored', async () => {
  await add('secretless');
  dispatch({ resolveSecret: () => Promise.reject(new Error('postgres://u:hunter22@h/ is gone')) });
  await until(async () => (await store.notifications.state('secretless'))?.lastError !== null);
  expect((await store.notifications.state('secretless'))?.lastError).not.toContain('hunter22');
  await store.notifications.withdraw('secretless');
});

it('runs put into the outbox, once: a gate, a failure, and the success after it', async () => {
  const engine = await realEngine('notices', {
    config: {
      notifiers: {
        all: { kind: 'log', private: false },
        gates: { kind: 'log', private: false, events: ['gate_opened'] },
        elsewhere: { kind: 'log', private: false, goals: ['other'] },
      },
    },
  });
  try {
    const goal = (from: string): object => ({
      goal: 'told',
      owner: 'data@example.com',
      steps: [{ id: 'load', ingest: { from: { files: from }, into: 'raw.told', mode: 'append' } }],
    });
    engine.write('a.csv', 'n\n1\n');
    const keysOf = async (run: string): Promise<string[]> => {
      const { rows } = await engine.services.store.notifications
        .unsent(100)
        .then((all) => ({ rows: all.filter(({ runId }) => runId === run) }));
      return rows.map(({ key }) => key.replace(`${run}:`, '')).sort();
    };
    const first = await engine.start(goal('a.csv'));
    await engine.status(first, ['waiting']);
    expect(await keysOf(first.workflowId)).toEqual(['gate_opened:all', 'gate_opened:gates']);
    const [taken] = await engine.services.store.notifications.claim<object, Message>('all', 1, 1);
    const { message } = taken!;
    const { digest } = await engine.status(first, ['waiting']);
    expect(message).toMatchObject({ goal: 'told', owner: 'data@example.com', environment: 'dev', digest });
    expect(message.text.join('\n')).toContain('load: additive');
    expect(message.commands.map(({ command }) => command)).toContain(
      `sluice approve ${first.workflowId} --digest ${digest.slice(0, 12)}`,
    );
    // Whoever is reminded twice (a retried activity) hears it once; nobody is asked again before the deadline.
    const { expiresAt } = await engine.status(first, ['waiting']);
    const run = {
      runId: first.workflowId,
      goal: 'told',
      bundle: (await engine.services.store.runs.find(first.workflowId))[0]!.bundle,
    };
    const reminder = { run, digest, needs: ['1 approver'], expiresAt: expiresAt! };
    for (let attempt = 0; attempt < 2; attempt++) {
      await new MockActivityEnvironment().run(() => remind(engine.services, reminder));
    }
    const reminders = (await keysOf(first.workflowId)).filter((key) => /^gate_(expiring|reminder)/.test(key));
    expect(reminders).toEqual(['gate_expiring:0:all']);
    // The file changes under the proposal: the run ends as stale.
    engine.write('a.csv', 'n\n1\n2\n');
    await engine.approve(first);
    expect((await engine.outcome(first)).status).toBe('stale');
    expect(await keysOf(first.workflowId)).toContain('stale:all');

    const second = await engine.start(goal('a.csv'));
    await engine.approve(second);
    expect((await engine.outcome(second)).status).toBe('succeeded');
    expect(await keysOf(second.workflowId)).toContain('recovered:all');
    const third = await engine.start(goal('a.csv'));
    expect((await engine.outcome(third)).status).toBe('succeeded');
    expect(await keysOf(third.workflowId)).toEqual([]);
  } finally {
    await engine.close();
  }
});
