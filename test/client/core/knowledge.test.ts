import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { runCli } from '../../../client/cli/run';
import { openStore, type Store } from '../../../store/store';
import { testDatabase, type TestDatabase } from '../../support/postgres';
import { surroundings } from '../support/surroundings';

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- each command's document has its own form. */
type Answer = any;

let database: TestDatabase;
let store: Store;
const root = mkdtempSync(path.join(tmpdir(), 'sluice-knowledge-'));
beforeAll(async () => {
  database = await testDatabase('knowledge_cli', { ledger: false });
  store = await openStore(database.url);
  const { host, port, database: name } = database;
  write(
    'sluice.config.yaml',
    stringify({
      temporal: { address: '127.0.0.1:1' },
      store: { host, port, database: name, user: 'sluice_writer', password: 'secret://database' },
    }),
  );
});
afterAll(async () => {
  await store.close();
  await database.drop();
  rmSync(root, { recursive: true });
});

function write(name: string, text: string | Buffer): void {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

async function sluice(...args: string[]): Promise<{ code: number; json: Answer }> {
  const at = surroundings();
  const env = {
    ...at.env,
    SLUICE_HOME: `${root}/.sluice`,
    SLUICE_SECRET_DATABASE: database.password,
  };
  const code = await runCli([...args, '--json'], { ...at, cwd: root, env });
  return { code, json: JSON.parse(at.output().stdout) };
}

it('adds texts of a folder, finds, lists and removes them', async () => {
  write('docs/a.md', '# Refunds\n\nAre booked at night. api_key = "sk-ant-abcdefghijklmnopqrstuvwx"\n');
  write('docs/more/b.txt', 'Orders are late on Mondays.');
  write('docs/.hidden.md', 'no');
  const added = await sluice('knowledge', 'add', 'docs', '--kind', 'runbook');
  expect(added).toMatchObject({
    code: 0,
    json: {
      documents: [
        { source: 'docs/a.md', title: 'Refunds', result: 'added' },
        { source: 'docs/more/b.txt', result: 'added' },
      ],
    },
  });
  expect((await sluice('knowledge', 'add', 'docs', '--kind', 'runbook')).json.documents).toMatchObject([
    { result: 'same' },
    { result: 'same' },
  ]);
  const { hits } = (await sluice('knowledge', 'search', 'late orders')).json;
  expect(hits).toMatchObject([
    { source: 'docs/more/b.txt', kind: 'runbook', body: 'Orders are late on Mondays.' },
  ]);
  expect(JSON.stringify((await sluice('knowledge', 'search', 'refunds')).json)).not.toContain('sk-ant');
  expect((await sluice('knowledge', 'list')).json.documents).toHaveLength(2);
  expect((await sluice('knowledge', 'remove', 'docs')).json.removed).toEqual([
    'docs/a.md',
    'docs/more/b.txt',
  ]);
  expect(await sluice('knowledge', 'remove', 'docs')).toMatchObject({
    code: 2,
    json: { error: { code: 'not_found' } },
  });
});

it('adds what dbt’s manifest describes', async () => {
  const node = (more: object) => ({
    resource_type: 'model',
    name: 'orders',
    schema: 'marts',
    columns: {},
    ...more,
  });
  write(
    'target/manifest.json',
    JSON.stringify({
      metadata: { dbt_version: '1.10' },
      nodes: {
        'model.shop.orders': node({
          description: 'One row per order.',
          columns: { total: { name: 'total', description: 'With tax', data_type: 'numeric' } },
          depends_on: { nodes: ['source.shop.raw.orders'] },
        }),
        'model.shop.silent': node({ name: 'silent' }),
        'test.shop.unique': { resource_type: 'test', name: 'unique', description: 'x' },
      },
      sources: {},
    }),
  );
  const { json } = await sluice('knowledge', 'add', 'target/manifest.json');
  expect(json.documents).toMatchObject([
    { source: 'target/manifest.json#model.shop.orders', title: 'model marts.orders', result: 'added' },
  ]);
  const { hits } = (await sluice('knowledge', 'search', 'tax')).json;
  expect(hits[0].body).toBe('One row per order.\ntotal (numeric): With tax\nMade of: orders');
});

it.each([
  ['nowhere.md', 'not_found'],
  ['data.csv', 'usage'],
  ['binary.md', 'usage'],
  ['other.json', 'usage'],
  ['empty', 'not_found'],
])('refuses %s', async (file, code) => {
  write('data.csv', 'a\n1\n');
  write('binary.md', Buffer.from([0, 1, 2]));
  write('other.json', '{"a": 1}');
  mkdirSync(path.join(root, 'empty'), { recursive: true });
  expect((await sluice('knowledge', 'add', file)).json.error.code).toBe(code);
});

it('lists and forgets what is remembered, once', async () => {
  await store.memory.remember({
    key: 'k',
    kind: 'rejected',
    runId: 'r',
    goal: 'g',
    owner: null,
    relations: ['raw.a'],
    by: 'ann',
    text: 'Too late.',
    at: new Date(),
  });
  const { memories } = (await sluice('memory', 'list')).json;
  expect(memories).toMatchObject([{ kind: 'rejected', goal: 'g', text: 'Too late.', by: 'ann' }]);
  expect((await sluice('memory', 'forget', String(memories[0].id))).code).toBe(0);
  expect((await sluice('memory', 'list')).json.memories).toEqual([]);
  expect(await sluice('memory', 'forget', String(memories[0].id))).toMatchObject({
    code: 2,
    json: { error: { code: 'not_found' } },
  });
});
