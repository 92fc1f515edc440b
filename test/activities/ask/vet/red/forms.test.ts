import { namesFiles } from '../../../../../activities/ask/vet/scope-sources';
import { asks, asksForAllRows } from '../../../../../activities/ask/vet/verbs';
import { wordsFrom } from '../../../../../activities/ask/vet/words';
import type { Bundle } from '../../../../../activities/services';
import { AnswerBuilder, NOT_JSON } from '../../../../../llm/answer';
import type { TestWarehouse } from '../../../../warehouses/support/warehouse';
import { bedFor } from '../bed';
import { shop } from '../shop';
import { REVENUE, REVENUE_ASK } from './attempt';

let bench: TestWarehouse;
beforeAll(async () => {
  bench = await shop();
});
afterAll(() => bench.close());

const GOAL = { apiVersion: 'sluice/v1', goal: 'revenue', description: 'd', steps: [REVENUE] };
const json = JSON.stringify(GOAL);
const other = JSON.stringify({
  ...GOAL,
  steps: [{ id: 'x', sql: { statements: 'drop table shop.orders' } }],
});

function nested(depth: number): unknown {
  let value: unknown = 'x';
  for (let at = 0; at < depth; at += 1) value = { a: value };
  return value;
}

it.each<[string, unknown]>([
  [
    'two documents in two fences',
    { goal: `First:\n\`\`\`json\n${json}\n\`\`\`\nor rather:\n\`\`\`json\n${other}\n\`\`\`` },
  ],
  [
    'two documents of YAML',
    { goal: `apiVersion: sluice/v1\ngoal: a\n---\napiVersion: sluice/v1\ngoal: b\n` },
  ],
  ['a document as goal and another as document', { goal: GOAL, document: JSON.parse(other) as unknown }],
  ['a key twice', { goal: `{"apiVersion":"sluice/v1","goal":"a","goal":"b","steps":[]}` }],
  [
    'aliases without end',
    {
      goal: `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\nsteps: [*d,*d,*d,*d,*d,*d,*d,*d,*d]`,
    },
  ],
  ['an alias of itself', { goal: 'apiVersion: sluice/v1\ngoal: a\nsteps: &s [*s]' }],
  [
    'a tag that makes a function',
    { goal: 'apiVersion: sluice/v1\ngoal: a\nsteps: !!js/function "function () { return 1 }"' },
  ],
  ['a binary', { goal: 'apiVersion: sluice/v1\ngoal: !!binary aGVsbG8=\nsteps: []' }],
  ['a prototype', { goal: `{"__proto__":{"steps":[]},"apiVersion":"sluice/v1","goal":"a"}` }],
  ['prose alone', { goal: 'I would build a table of the revenue by region.' }],
  ['a text that is longer than any document', { goal: `${json}${' '.repeat(500_000)}` }],
  ['depths without end', { goal: { ...GOAL, params: nested(20_000) } }],
  [
    'depths without end in a text',
    { goal: `{"apiVersion":"sluice/v1","goal":"a","steps":${'['.repeat(50_000)}${']'.repeat(50_000)}}` },
  ],
  [
    'depths of YAML',
    { goal: `apiVersion: sluice/v1\ngoal: a\nsteps: ${'['.repeat(3_000)}${']'.repeat(3_000)}` },
  ],
  ['a name without end', { goal: { ...GOAL, goal: 'a'.repeat(100_000) } }],
  [
    'a table with a name without end',
    {
      goal: {
        ...GOAL,
        steps: [{ ...REVENUE, model: { name: `marts.${'a'.repeat(1_000)}`, sql: 'select 1 as a' } }],
      },
    },
  ],
  ['the same step twice', { goal: { ...GOAL, steps: [REVENUE, REVENUE] } }],
  ['a step that needs itself', { goal: { ...GOAL, steps: [{ ...REVENUE, needs: ['revenue'] }] } }],
  ['a step that needs none there is', { goal: { ...GOAL, steps: [{ ...REVENUE, needs: ['gone'] }] } }],
  [
    'a step of two kinds',
    { goal: { ...GOAL, steps: [{ ...REVENUE, sql: { statements: 'drop table shop.orders' } }] } },
  ],
  ['two models of one name', { goal: { ...GOAL, steps: [REVENUE, { ...REVENUE, id: 'again' }] } }],
  ['a number for a text', { goal: { ...GOAL, steps: [{ id: 'a', model: { name: 7, sql: ['select 1'] } }] } }],
  ['no steps', { goal: { ...GOAL, steps: [] } }],
  ['an ask in the place of steps', { goal: { apiVersion: 'sluice/v1', goal: 'a', ask: 'drop everything' } }],
  ['an ask beside the steps', { goal: { ...GOAL, ask: 'drop everything' } }],
  ['another version', { goal: { ...GOAL, apiVersion: 'sluice/v2' } }],
  [
    'a time zone of nowhere',
    { goal: { ...GOAL, schedule: { cron: '0 6 * * *', timezone: 'Mars/Olympus' } } },
  ],
  ['a schedule that is none', { goal: { ...GOAL, schedule: { cron: '99 6 * * *' } } }],
  ['a kind of step that is not a model’s', { goal: { ...GOAL, steps: [{ id: 'a', sweep: {} }] } }],
  ['a secret by reference', { goal: { ...GOAL, steps: [{ ...REVENUE, secret: 'secret://WAREHOUSE' }] } }],
  [
    'SQL with a positional parameter',
    {
      goal: { ...GOAL, steps: [{ id: 'a', model: { name: 'marts.revenue', sql: 'select $1 as revenue' } }] },
    },
  ],
  [
    'SQL with a psql command',
    { goal: { ...GOAL, steps: [{ id: 'a', sql: { statements: String.raw`\! rm -rf /` } }] } },
  ],
  [
    'SQL with a zero byte',
    {
      goal: {
        ...GOAL,
        steps: [
          {
            id: 'a',
            model: { name: 'marts.revenue', sql: 'select 1 as revenue \0; drop table shop.orders' },
          },
        ],
      },
    },
  ],
])('goes back, and says why: %s', async (_what, input) => {
  const bed = await bedFor({ text: REVENUE_ASK }, bench.warehouse);
  const { effect } = await bed.call('submit_goal', { explanation: 'e', ...(input as object) });
  expect(effect?.kind).toBe('repair');
  const { faults } = effect as { faults: { message: string }[] };
  expect(faults.length).toBeGreaterThan(0);
  expect(JSON.stringify(faults).length).toBeLessThan(4_000);
});

it('somebody who is only named in the words owns nothing', async () => {
  const bed = await bedFor(
    { text: `${REVENUE_ASK} Ann and the data people will look at it.` },
    bench.warehouse,
  );
  const { effect } = await bed.call('submit_goal', { goal: { ...GOAL, owner: 'ann' }, explanation: 'e' });
  if (effect?.kind !== 'rehearse') throw new Error(JSON.stringify(effect));
  expect((await bed.artifacts.getJson<Bundle>(effect.bundle)).goal.owner).toBeUndefined();
});

it('words without end are read in good time', async () => {
  for (const text of [
    'a'.repeat(20_000),
    '"'.repeat(20_000),
    `${'a.'.repeat(9_999)}b`,
    'all '.repeat(5_000),
  ]) {
    const words = wordsFrom([text]);
    expect([
      asks(words, 'remove'),
      asksForAllRows(words, 'shop.orders'),
      namesFiles(words, 'a*.csv', 'raw.a'),
    ]).toHaveLength(3);
  }
});

it('an answer of a model that is nested without end is kept as a text', () => {
  const builder = new AnswerBuilder();
  const input = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
  const events = [
    { type: 'message_start', message: { content: [], usage: {}, stop_reason: null } },
    {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'tool_use', id: 't', name: 'submit_goal', input: {} },
    },
    { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: input } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: {} },
    { type: 'message_stop' },
  ];
  for (const event of events) builder.take(event as never);
  expect(builder.whole().content).toMatchObject([{ input: { [NOT_JSON]: input } }]);
});
