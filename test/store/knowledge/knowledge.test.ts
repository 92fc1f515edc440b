import { openStore, type Store } from '../../../store/store';
import { testDatabase, type TestDatabase } from '../../support/postgres';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await testDatabase('knowledge', { ledger: false });
  store = await openStore(database.url);
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const put = (source: string, title: string, ...bodies: string[]) =>
  store.knowledge.put(
    { kind: 'document', source, title, chunks: bodies.map((body) => ({ heading: '', body })) },
    'ann',
  );
const found = async (words: string): Promise<string[]> =>
  (await store.knowledge.search(words, { limit: 5 })).map(({ source }) => source);

it('finds by words as BM25 ranks: rare words and short parts count more, endings do not matter', async () => {
  await put('refunds.md', 'Refunds', 'Refunds are booked at night, one day after the order.');
  await put(
    'orders.md',
    'Orders',
    `Orders are booked at once. ${'Orders, orders, and more about orders at night. '.repeat(10)}`,
  );
  await put('naming.md', 'Naming', 'Tables of marts are called by what one row is.');
  expect(await found('When is a refund booked?')).toEqual(['refunds.md', 'orders.md']);
  expect(await found('naming of a table')).toEqual(['naming.md']);
  expect(await found('zebra')).toEqual([]);
  expect(await found("' & | ! :* <-> \\ \u0000".replaceAll('\u0000', ''))).toEqual([]);
});

it('replaces a document of the same source, and does nothing when it is the same', async () => {
  await put('sla.md', 'SLA', 'Ready by nine.');
  expect((await put('sla.md', 'SLA', 'Ready by nine.')).result).toBe('same');
  expect((await put('sla.md', 'SLA', 'Ready by eight.')).result).toBe('replaced');
  expect(await found('nine')).toEqual([]);
  expect(await found('ready by eight')).toEqual(['sla.md']);
});

it('removes by number, by source and by folder', async () => {
  const { id } = await put('runbooks/a.md', 'A', 'alpha');
  await put('runbooks/b.md', 'B', 'beta');
  await put('runbooks_c.md', 'C', 'gamma');
  expect(await store.knowledge.remove(String(id))).toEqual(['runbooks/a.md']);
  expect(await store.knowledge.remove('runbooks')).toEqual(['runbooks/b.md']);
  expect(await store.knowledge.remove('runbooks')).toEqual([]);
  expect(await found('gamma')).toEqual(['runbooks_c.md']);
});

it('finds by meaning where there are embeddings, and puts both together', async () => {
  await put('vector.md', 'V', 'nothing of the words', 'quokka');
  const missing = (await store.knowledge.withoutEmbedding('m', 100)).filter(({ text }) =>
    text.startsWith('V\n'),
  );
  await store.knowledge.embed(
    'm',
    missing.map(({ id, text }) => ({ id, values: text.includes('quokka') ? [0, 5] : [3, 0.1] })),
  );
  const hits = await store.knowledge.search('quokka', { limit: 2, vector: { model: 'm', values: [10, 0] } });
  expect(hits.map(({ body }) => body).sort()).toEqual(['nothing of the words', 'quokka']);
  const other = await store.knowledge.search('zebra', { limit: 1, vector: { model: 'm', values: [10, 0] } });
  expect(other[0]!.body).toBe('nothing of the words');
  expect(
    await store.knowledge.search('zebra', { limit: 1, vector: { model: 'another', values: [1, 0] } }),
  ).toEqual([]);
  expect((await store.knowledge.list('m')).find(({ source }) => source === 'vector.md')).toMatchObject({
    chunks: 2,
    embedded: 2,
  });
});
