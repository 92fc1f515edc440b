import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { runEvent } from '../../lineage/openlineage/events';
import { uuidOf } from '../../lineage/openlineage/uuid';
import { configSchema } from '../../schemas/config';
import { LineageOutbox } from '../../store/lineage/outbox';
import { openStore, type Store } from '../../store/store';
import { fileTask, httpTask } from '../../workers/lineage-sender';
import { lineageEndpoint } from '../../workers/lineage-settings';
import { startRecorder } from '../../workers/recorder';
import { testDatabase, type TestDatabase } from '../support/postgres';

let database: TestDatabase;
let store: Store;
let outbox: LineageOutbox;
let server: Server;
let url: string;
let answer: (nth: number) => number;
let got: { job: string; authorization?: string }[];
let asked: number;
const never = new AbortController().signal;

beforeAll(async () => {
  database = await testDatabase('sender', { ledger: false });
  store = await openStore(database.url);
  outbox = new LineageOutbox(store.db);
});
afterAll(async () => {
  await store.close();
  await database.drop();
});
beforeEach(async () => {
  await store.db.deleteFrom('lineage_event').execute();
  await store.db.deleteFrom('lineage_sink').execute();
  [answer, got, asked] = [() => 201, [], 0];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const status = answer((asked += 1));
      const { job } = JSON.parse(body) as { job: { name: string } };
      if (status < 300) got.push({ job: job.name, authorization: request.headers.authorization });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/lineage`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const endpoint = () => ({ url, apiKey: () => Promise.resolve('key-of-the-test') });
const jobs = (): string[] => got.map(({ job }) => job);
async function write(...names: string[]): Promise<void> {
  for (const job of names) {
    const event = runEvent(
      { namespace: 'n', version: '1' },
      { type: 'START', at: new Date(), olRun: uuidOf(job), job },
    );
    await store.lineage.events('r', [{ key: job, event }]);
  }
}
const http = async () => (await outbox.state()).find(({ sink }) => sink === 'http')!;

it('sends each event once, in order, with the key', async () => {
  await write('a', 'b', 'c');
  const task = httpTask(outbox, endpoint());
  await task.tick(never);
  await write('d');
  await task.tick(never);
  expect(got).toEqual(['a', 'b', 'c', 'd'].map((job) => ({ job, authorization: 'Bearer key-of-the-test' })));
  expect(await http()).toMatchObject({ pending: 0, parked: 0, error: null });
});

it('an endpoint that answers 500 for an hour loses nothing, is asked ever less often, and gets all in order', async () => {
  let clock = 0;
  answer = () => (clock < 3_600_000 ? 500 : 201);
  const task = httpTask(outbox, endpoint(), { now: () => clock, random: () => 0 });
  const names = Array.from({ length: 240 }, (_, nth) => `e${nth}`);
  await write(...names.slice(0, 120));
  for (; clock < 3_600_000; clock += 1_000) await task.tick(never);
  expect(got).toEqual([]);
  // 1, 2, 4 … 60 seconds apart: about one attempt a minute.
  expect(asked).toBeLessThan(70);
  expect(await http()).toMatchObject({ pending: 120, error: 'the endpoint answered 500' });
  await write(...names.slice(120));
  clock += 60_000;
  await task.tick(never);
  expect(jobs()).toEqual(names);
  expect(await http()).toMatchObject({ pending: 0, error: null, failingSince: null, attempts: 0 });
});

it('goes on after a restart where it was, and waits as long as before', async () => {
  answer = () => 503;
  await write('a', 'b');
  await httpTask(outbox, endpoint(), { random: () => 0 }).tick(never);
  const { retryAt } = await http();
  answer = () => 201;
  const early = httpTask(outbox, endpoint(), { now: () => retryAt!.getTime() - 1 });
  await early.tick(never);
  expect(got).toEqual([]);
  const later = httpTask(outbox, endpoint(), { now: () => retryAt!.getTime() });
  await later.tick(never);
  expect(jobs()).toEqual(['a', 'b']);
});

it('sets aside what is refused for good, and goes on with the rest', async () => {
  answer = (nth) => (nth === 2 ? 422 : 201);
  await write('a', 'b', 'c');
  await httpTask(outbox, endpoint()).tick(never);
  expect(jobs()).toEqual(['a', 'c']);
  expect(await http()).toMatchObject({ pending: 0, parked: 1 });
  expect(await outbox.resend()).toEqual({ parked: 1, delivered: 0, off: 0 });
  await httpTask(outbox, endpoint()).tick(never);
  expect(jobs()).toEqual(['a', 'c', 'b']);
});

it('is asked again for everything since a time: what was taken, refused, or let go without an endpoint', async () => {
  await write('old', 'off');
  await httpTask(outbox, undefined).tick(never);
  await store.db
    .updateTable('lineage_event')
    .set({ at: new Date(Date.now() - 7_200_000) })
    .where('key', '=', 'old')
    .execute();
  answer = (nth) => (nth === 2 ? 400 : 201);
  await write('taken', 'refused');
  await httpTask(outbox, endpoint()).tick(never);
  got = [];
  expect(await outbox.resend(new Date(Date.now() - 3_600_000))).toEqual({ parked: 1, delivered: 1, off: 1 });
  await httpTask(outbox, endpoint()).tick(never);
  expect(jobs()).toEqual(['off', 'taken', 'refused']);
  expect(await http()).toMatchObject({ pending: 0, parked: 0 });
});

it.each([401, 403, 404, 408, 429, 302])('takes %i for something that passes', async (status) => {
  answer = () => status;
  await write('a');
  await httpTask(outbox, endpoint()).tick(never);
  expect(await http()).toMatchObject({ pending: 1, parked: 0, error: `the endpoint answered ${status}` });
});

it('waits for an endpoint that is not there', async () => {
  await write('a');
  await httpTask(outbox, { url: 'http://127.0.0.1:1/', apiKey: () => Promise.resolve(undefined) }).tick(
    never,
  );
  expect(await http()).toMatchObject({ pending: 1, error: expect.stringContaining('fetch failed') });
});

it('keeps nothing for an endpoint that nobody has configured', async () => {
  await write('a');
  await httpTask(outbox, undefined).tick(never);
  expect(await http()).toMatchObject({ pending: 0, parked: 0 });
});

it('writes every event to the file, a line each', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-lineage-'));
  const file = path.join(directory, 'lineage.ndjson');
  await write('a', 'b');
  await fileTask(outbox, file).tick(never);
  await write('c');
  await fileTask(outbox, file).tick(never);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { job: { name: string } }).job.name)).toEqual([
    'a',
    'b',
    'c',
  ]);
  rmSync(directory, { recursive: true });
});

it('of several workers one sends; another takes over when it stops', async () => {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const options = { store, log, tickMs: 5, standByMs: 5 };
  const until = async (count: number): Promise<void> => {
    while (got.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const ticks = [0, 0];
  const recorders = [0, 1].map((at) =>
    startRecorder({
      ...options,
      tasks: [
        httpTask(outbox, endpoint()),
        { name: 'count', tick: () => Promise.resolve((ticks[at]! += 1)) },
      ],
    }),
  );
  await write('a', 'b');
  await until(2);
  const leader = ticks[0]! > 0 ? 0 : 1;
  expect(ticks[1 - leader]).toBe(0);
  await recorders[leader]!.stop();
  await write('c');
  while (!jobs().includes('c')) await new Promise((resolve) => setTimeout(resolve, 5));
  await recorders[1 - leader]!.stop();
  // What was sent and not yet marked when the leader stopped is sent again: at least once, never out of order.
  expect([...new Set(jobs())]).toEqual(['a', 'b', 'c']);
});

it('the environment names the endpoint as for every OpenLineage client, before the configuration', async () => {
  const config = configSchema.parse({ lineage: { url: 'http://marquez:5000', apiKey: 'secret://ol' } });
  const resolve = (reference: string) => Promise.resolve(`value of ${reference}`);
  const configured = lineageEndpoint(config, resolve, {});
  expect(configured?.url).toBe('http://marquez:5000/api/v1/lineage');
  expect(await configured?.apiKey()).toBe('value of secret://ol');
  const env = {
    OPENLINEAGE_URL: 'https://elsewhere/',
    OPENLINEAGE_ENDPOINT: '/x/lineage',
    OPENLINEAGE_API_KEY: 'k-of-env',
  };
  const given = lineageEndpoint(config, resolve, env);
  expect(given?.url).toBe('https://elsewhere/x/lineage');
  expect(await given?.apiKey()).toBe('k-of-env');
  expect(lineageEndpoint(configSchema.parse({}), resolve, {})).toBeUndefined();
});
