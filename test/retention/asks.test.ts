import { sql } from 'kysely';
import type { AskStatus } from '../../schemas/ask';
import { configSchema } from '../../schemas/config';
import { LifeBed } from './life-bed';

jest.setTimeout(120_000);

let bed: LifeBed;
beforeAll(async () => {
  bed = await LifeBed.make('sweep_asks');
});
afterAll(() => bed.close());
beforeEach(async () => {
  await query`truncate ask, ask_event, llm_call, tool_call`;
});

const query = <R>(...args: Parameters<typeof sql>) => sql<R>(...args).execute(bed.services.store.db);
const artifact = (text: string): Promise<string> =>
  bed.services.store.artifacts.put('ask_test', Buffer.from(text));
const isThere = async (hash: string): Promise<boolean> =>
  (await query`select from artifact where hash = ${hash}`).rows.length === 1;
const known = async (): Promise<string[]> =>
  (await query<{ ask_id: string }>`select ask_id from ask order by 1`).rows.map(({ ask_id }) => ask_id);

interface Made {
  /** What only its workflow knows, and what its rows refer to. */
  conversation: string;
  message: string;
  answer: string;
  result: string;
}

/** An ask as its activities leave it, that many days old. */
async function made(askId: string, status: AskStatus, days: number, previous?: string): Promise<Made> {
  const { asks, record } = bed.services.store;
  const message = await artifact(`message of ${askId}`);
  const conversation = await artifact(`{"messages":["${message}"],"of":"${askId}"}`);
  const answer = await artifact(`answer of ${askId}`);
  const result = await artifact(`result of ${askId}`);
  const input = await artifact(`words of ${askId}`);
  const ended = !['thinking', 'asking', 'over_budget'].includes(status);
  await asks.begin({ askId, by: 'ann', input, text: 'words', ...(previous ? { previous } : {}) });
  await asks.addEvents(askId, [{ agent: '', kind: 'text', text: 'said' }]);
  await record.event(askId, 'asked', 'ann', { input });
  const call = {
    ...{ key: `k-${askId}`, request: 'r', askId, agent: 'planner', role: 'planner', nth: 1 },
    ...{ purpose: 'plan' as const, model: 'm', attempt: 1, estimate: { tokens: 10, money: 0.5 } },
  };
  const { id } = await asks.calls.sent(call);
  const booked = { inputTokens: 10, cacheWriteTokens: 0, cacheReadTokens: 0, outputTokens: 5 };
  await asks.calls.answered(id, call.key, 'end_turn', { ...booked, money: 0.5, ms: 3 }, () =>
    Promise.resolve(answer),
  );
  await asks.toolWasDone({
    key: `t-${askId}`,
    askId,
    agent: 'planner',
    name: 'look',
    done: { result },
    ms: 1,
  });
  if (ended) {
    const usage = { calls: 1, cached: 0, ...booked, money: 0.5, seconds: 1 };
    const empty = { assumptions: [], questions: [], beyond: [], citations: [], repairs: 0 };
    await asks.finish({ askId, workflowId: askId, status, by: 'ann', usage, ...empty }, conversation);
  } else await asks.became(askId, status);
  const ago = sql`${days} * interval '1 day'`;
  await query`update ask set started_at = started_at - ${ago}, updated_at = updated_at - ${ago} where ask_id = ${askId}`;
  await query`update ask_event set at = at - ${ago} where ask_id = ${askId}`;
  await query`update llm_call set sent_at = sent_at - ${ago}, ended_at = ended_at - ${ago} where ask_id = ${askId}`;
  await query`update artifact set created_at = clock_timestamp() - ${ago} where hash in (${message}, ${conversation}, ${answer}, ${result}, ${input})`;
  return { conversation, message, answer, result };
}

it('deletes asks past their retention with what was said in them, and keeps what others still refer to', async () => {
  const old = await made('ask-old', 'answered', 100);
  const young = await made('ask-young', 'failed', 80);
  await query`update artifact set created_at = created_at - interval '1 year' where kind = 'ask_test'`;
  const { document } = await bed.sweep();
  expect(document.checks).toContainEqual(
    expect.objectContaining({ message: expect.stringMatching(/^swept 1 ended ask,/) as string }),
  );
  expect(await known()).toEqual(['ask-young']);
  for (const hash of Object.values(old)) expect(await isThere(hash)).toBe(false);
  for (const hash of Object.values(young)) expect(await isThere(hash)).toBe(true);
  for (const table of ['ask_event', 'tool_call', 'event']) {
    const id = sql.ref(table === 'event' ? 'run_id' : 'ask_id');
    const { rows } = await query`select from ${sql.table(table)} where ${id} = 'ask-old'`;
    expect([table, rows]).toEqual([table, []]);
  }
  // Its numbers are still what they were.
  expect(await bed.services.store.asks.costs({ askId: 'ask-old' })).toMatchObject([
    { calls: 1, inputTokens: 10, outputTokens: 5, money: 0.5 },
  ]);
});

it('never takes an ask that is open, nor what only its workflow refers to, nor the ask it goes on from', async () => {
  await made('ask-first', 'answered', 300);
  await made('ask-second', 'answered', 200, 'ask-first');
  const waiting = await made('ask-waits', 'asking', 6, 'ask-second');
  await made('ask-lost', 'thinking', 400);
  await bed.sweep({ asks: '1d', artifacts: '1d' });
  expect(await known()).toEqual(['ask-first', 'ask-lost', 'ask-second', 'ask-waits']);
  for (const hash of Object.values(waiting)) expect(await isThere(hash)).toBe(true);
});

it('an open ask that nobody hears of any more does not keep the artifacts of others', async () => {
  await made('ask-lost', 'thinking', 400);
  const orphan = await artifact('nobody refers to this');
  await query`update artifact set created_at = created_at - interval '1 year' where hash = ${orphan}`;
  await bed.sweep();
  expect(await isThere(orphan)).toBe(false);
});

it('keeps the ledger of calls for as long as it says, and never less than the budget of a day needs', async () => {
  await made('ask-a', 'answered', 100);
  await made('ask-b', 'answered', 1);
  await bed.sweep({ asks: '1ms', calls: '1ms' });
  expect(await known()).toEqual([]);
  const costs = await bed.services.store.asks.costs({ by: ['ask'] });
  expect(costs.map(({ ask }) => ask)).toEqual(['ask-b']);
});

it('one is forgotten at once, with what only it refers to; one that is open is not', async () => {
  const { asks } = bed.services.store;
  const shared = await made('ask-shared', 'answered', 0);
  const gone = await made('ask-gone', 'answered', 0);
  await query`update ask set conversation = ${shared.conversation} where ask_id = 'ask-gone'`;
  await made('ask-open', 'asking', 0, 'ask-shared');
  expect(await asks.forget('ask-open')).toBe('open');
  expect(await asks.forget('ask-shared')).toBe('open');
  await query`delete from ask where ask_id = 'ask-open'`;
  expect(await asks.forget('ask-gone')).toBe('forgotten');
  await bed.sweep();
  expect(await known()).toEqual(['ask-shared']);
  expect([await isThere(gone.answer), await isThere(gone.result)]).toEqual([false, false]);
  for (const hash of Object.values(shared)) expect(await isThere(hash)).toBe(true);
  expect(await asks.costs({ askId: 'ask-gone' })).toMatchObject([{ calls: 1, money: 0.5 }]);
});

it('an erasure names the asks, memories and documents in which a value stands, also one that was streamed in pieces', async () => {
  const { asks, erasures, knowledge } = bed.services.store;
  for (const id of ['ask-words', 'ask-streamed', 'ask-told', 'ask-other']) await made(id, 'answered', 0);
  await query`update ask set words = 'who is "Zoe" ann@example.org' where ask_id = 'ask-words'`;
  const piece = (text: string, key: string) => ({ agent: 'planner', kind: 'text' as const, text, key });
  await asks.addEvents('ask-streamed', [piece('it is ann@exa', '1'), piece('mple.org', '2')]);
  await query`update tool_call set done = '{"q": "\\"Zoe\\" ann@example.org?"}' where ask_id = 'ask-told'`;
  const chunks = [{ heading: 'who', body: 'ask ann@example.org' }];
  await knowledge.put({ kind: 'runbook', source: 'who.md', title: 'Who', chunks }, 'ann');
  const found = await erasures.textsWith(['ann@example.org']);
  expect(found.slice(0, -1).sort()).toEqual(['ask ask-streamed', 'ask ask-told', 'ask ask-words']);
  expect(found.at(-1)).toMatch(/^knowledge \d+$/);
  expect(await erasures.textsWith(['"Zoe"'])).toEqual(
    expect.arrayContaining(['ask ask-told', 'ask ask-words']),
  );
  expect(await erasures.textsWith(['nobody@example.org'])).toEqual([]);
});

it('the retention of the ledger is not shorter than that of asks', () => {
  const parse = (retention: object) => configSchema.safeParse({ retention }).success;
  expect(parse({ asks: '400d', calls: '399d' })).toBe(false);
  expect(parse({ asks: '400d', calls: '400d' })).toBe(true);
});
