import { schemaText } from '../../../activities/ask/catalogue/schema-text';
import { tokensOf } from '../../../activities/ask/catalogue/text';
import type { CatalogueEntry } from '../../../activities/ask/catalogue/read';
import { scored } from '../../../activities/ask/catalogue/score';
import { ToolBed } from './tool-bed';

/** Made for real; many more are only named, below: making five thousand takes longer than all the rest. */
const TABLES = 1_000;

let bed: ToolBed;
beforeAll(async () => {
  bed = await ToolBed.make('schema_text');
  await bed.run(`
    create schema shop; create schema misc;
    create table shop.customers (id int primary key, email text, country text not null);
    create table shop.orders (id int primary key, customer_id int references shop.customers, total numeric(10,2), placed_at timestamptz);
    create table shop.refunds (order_id int references shop.orders, amount numeric);
    comment on table shop.refunds is 'SECRET WORDS about chargebacks'`);
  // A transaction of its own for each half, so that the lock table suffices.
  for (let from = 1; from < TABLES; from += 500) {
    await bed.run(`do $$ begin for n in ${from} .. ${from + 499} loop
      execute format('create table misc.t%s_topic%s (id int, v%s int, w int, x date)', n, n % 97, n % 13); end loop; end $$`);
  }
}, 120_000);
afterAll(() => bed.close());

const textFor = async (words: string, tokens: number): Promise<string> =>
  schemaText(await bed.context(), words, tokens);

it('has what the words mean, with keys and neighbours, and says what was left out, within the tokens', async () => {
  const text = await textFor('How many orders were refunded per month?', 2_000);
  expect(tokensOf(text)).toBeLessThanOrEqual(2_000);
  const first = text
    .split('\n')
    .slice(1, 4)
    .map((line) => JSON.parse(line));
  expect(first.map(({ table }) => table).sort()).toEqual(['shop.customers', 'shop.orders', 'shop.refunds']);
  expect(first.find(({ table }) => table === 'shop.orders')).toEqual({
    table: 'shop.orders',
    columns: { id: 'integer!', customer_id: 'integer', total: 'numeric(10,2)', placed_at: 'timestamptz' },
    keys: [['id']],
    references: ['customer_id -> shop.customers(id)'],
  });
  expect(text).toMatch(/Left out: 9\d\d of 1003 tables and views.*"misc":9\d\d.*search_catalogue/);
  expect(text).not.toContain('SECRET');
});

it('marks hidden columns', async () => {
  const line = (await textFor('customers', 1_000))
    .split('\n')
    .find((each) => each.includes('"shop.customers"'));
  expect(JSON.parse(line!).hidden).toEqual(['email']);
});

it('finds the one table of thousands that is named, and one by its comment', async () => {
  expect((await textFor('drop misc.t765_topic86', 800)).split('\n')[1]).toContain('misc.t765_topic86');
  expect((await textFor('chargebacks', 800)).split('\n')[1]).toContain('shop.refunds');
});

it.each([500, 5_000, 20_000])('keeps within %d tokens whatever the words', async (tokens) => {
  for (const words of ['zzz', 'topic 12 and orders, customers, t1']) {
    expect(tokensOf(await textFor(words, tokens))).toBeLessThanOrEqual(tokens);
  }
});

it('finds the few that matter among five thousand of forty columns each', () => {
  const entry = (relation: string, columns: string[]): CatalogueEntry => ({
    ...{ relation, columns, kind: 'r', rows: 1, words: '', refersTo: [], used: undefined },
  });
  const columns = (at: number): string[] =>
    Array.from({ length: 40 }, (_, n) => `field_${(at * 7 + n) % 999}_${n % 13}`);
  const entries = Array.from({ length: 5_000 }, (_, at) => entry(`erp.t${at}_part${at % 97}`, columns(at)));
  entries.splice(3_000, 0, entry('shop.refunds', ['order_id', 'amount', 'refunded_at']), {
    ...entry('shop.orders', ['id', 'placed_at']),
    refersTo: ['shop.customers'],
  });
  entries.push(entry('shop.customers', ['id', 'country']));
  const best = scored(entries, 'How much was refunded for orders placed in May?', 0).slice(0, 3);
  expect(best.map((each) => each.entry.relation)).toEqual(['shop.orders', 'shop.refunds', 'shop.customers']);
});
