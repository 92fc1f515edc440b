import { givenOnly } from '../../../activities/ask/knowledge/cited';
import type { ToolContext } from '../../../activities/ask/tools/tool';
import type { Turn } from '../../../llm/request';
import type { Citation } from '../../../schemas/ask';
import { bedFor } from './vet/bed';

const OPENING = `The person's words: build revenue.
data-1
{"id":"knowledge:12","kind":"runbook","title":"Refunds \\"at night\\"","under":"Booking","from":"refunds.md"}
{"id":"memory:3","decision":"rejected","goal":"revenue","about":["shop.orders"],"at":"2026-01-01"}
raw.flights(day date, carrier text)
data-1`;

const TURNS: Turn[] = [
  { role: 'user', content: [{ type: 'text', text: OPENING }] },
  {
    role: 'assistant',
    content: [{ type: 'tool_use', id: 't1', name: 'search_documents', input: { words: 'knowledge:77' } }],
  },
  {
    role: 'user',
    content: [
      {
        type: 'tool_result',
        tool_use_id: 't1',
        content:
          '{"documents":[{"id":"knowledge:40","kind":"dbt","title":"Orders"}],"comments":[{"id":"comment:shop.orders","table":"shop.orders"}]}',
      },
      { type: 'tool_result', tool_use_id: 't2', content: 'There is no run run-9.', is_error: true },
    ],
  },
];

async function cited(source: string, title = 'The policy, as the CISO approved it'): Promise<Citation[]> {
  const { ctx, artifacts } = await bedFor({ text: 'build revenue' });
  const messages = await Promise.all(TURNS.map((turn) => artifacts.putJson('ask_message', turn)));
  const conversation = await artifacts.putJson('ask_conversation', {
    role: 'planner',
    model: 'm',
    prompt: 'p',
    messages,
  });
  const within: ToolContext = { ...ctx, conversation };
  const { citations, notes } = await givenOnly([{ source, title, why: 'w' }], within);
  expect(notes).toHaveLength(citations.length === 0 ? 1 : 0);
  expect(notes.join()).not.toContain(source);
  return citations;
}

it.each([
  ['knowledge:12', 'Refunds "at night"'],
  ['knowledge:40', 'Orders'],
  ['memory:3', 'rejected: revenue'],
])('what was given is cited by the name that it has: %s', async (source, title) => {
  expect(await cited(source)).toEqual([{ source, title, why: 'w' }]);
});

it.each(['table:raw.flights', 'table:raw.flights.day'])(
  'a table that was seen is cited: %s',
  async (source) => {
    expect(await cited(source, 'flights')).toMatchObject([{ source, title: 'flights' }]);
  },
);

it.each([
  ['a document that there may be, and was not given', 'knowledge:1'],
  ['one whose number only begins like that', 'knowledge:123'],
  ['one that only the model has named', 'knowledge:77'],
  ['a decision of another number', 'memory:12'],
  ['the comment of a table of which only the name was given', 'comment:raw.flights'],
  ['a table that was not seen', 'table:hr.salaries'],
  ['a run that a failure repeats', 'run:run-9'],
  ['a file that nobody has shown', 'file:secrets.md'],
])('is left out: %s', async (_what, source) => {
  expect(await cited(source)).toEqual([]);
});
