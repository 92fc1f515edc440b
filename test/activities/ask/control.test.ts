import { z } from 'zod';
import { assembleParts } from '../../../activities/ask/assembled';
import type { Capability } from '../../../capabilities/capability';
import { registry } from '../../../capabilities/registry';
import { loadRoles, parseRole } from '../../../llm/roles/load';
import type { Planned } from '../../../schemas/ask';
import { testWarehouse, type TestWarehouse } from '../../warehouses/support/warehouse';
import { bedFor, type Bed } from './vet/bed';

const GOAL = {
  apiVersion: 'sluice/v1',
  goal: 'orders-once',
  description: 'Says that every order has a customer.',
  steps: [
    {
      id: 'known',
      check: { description: 'known', sql: 'select n from generate_series(1, 3) n where n > 5' },
    },
  ],
};
const SUBMITTED = { goal: GOAL, assumptions: ['All orders count.'], explanation: 'One check.' };

let bench: TestWarehouse;
beforeAll(async () => {
  bench = await testWarehouse('control');
});
afterAll(() => bench.close());

let bed: Bed;
beforeEach(async () => {
  bed = await bedFor({ text: 'check that every order has a customer' }, bench.warehouse);
});

const accepted = expect.objectContaining({ kind: 'rehearse', goal: 'orders-once' }) as unknown;

it.each([
  ['an object', SUBMITTED],
  ['an object under "document"', { document: GOAL, explanation: 'x' }],
  ['JSON in a text', { ...SUBMITTED, goal: JSON.stringify(GOAL) }],
  ['fenced JSON', { ...SUBMITTED, goal: `Here it is:\n\`\`\`json\n${JSON.stringify(GOAL)}\n\`\`\`\n` }],
  [
    'fenced YAML',
    {
      ...SUBMITTED,
      goal: "```yaml\napiVersion: sluice/v1\ngoal: orders-once\nsteps:\n  - id: known\n    check: { sql: 'select n from generate_series(1, 3) n where n > 5' }\n```",
    },
  ],
  ['the arguments as one text', JSON.stringify(SUBMITTED)],
  ['the document with nothing around it', GOAL],
  ['a single assumption without its list', { ...SUBMITTED, assumptions: 'All orders count.' }],
  ['a list in a text', { ...SUBMITTED, assumptions: '["All orders count."]' }],
  ['sources by their names alone', { ...SUBMITTED, citations: ['table:raw.orders'] }],
])('a goal is taken as %s', async (_how, input) => {
  const { effect } = await bed.call('submit_goal', input);
  expect(effect).toEqual(accepted);
});

it('what is handed in is stored with the checked goal and what its gate shows', async () => {
  const { effect } = await bed.call('submit_goal', SUBMITTED);
  if (effect?.kind !== 'rehearse') throw new Error('it was not taken');
  expect(await bed.artifacts.getJson<Planned>(effect.output)).toMatchObject({
    document: GOAL,
    assumptions: ['All orders count.'],
  });
  expect(await bed.artifacts.getJson(effect.bundle)).toMatchObject({
    goal: { goal: 'orders-once', steps: [{ kind: 'check' }] },
    asked: { askId: 'ask-1', by: 'ann', text: 'check that every order has a customer', beyond: [] },
  });
});

it.each([
  ['prose', 'I would load the orders.', 'goal'],
  ['broken JSON', { goal: '{"apiVersion": "sluice/v1", "steps": [' }, 'goal'],
  ['no document', { explanation: 'x' }, 'goal'],
  ['a document without steps', { ...SUBMITTED, goal: { ...GOAL, steps: [] } }, 'steps'],
  [
    'an unknown key in a step',
    {
      ...SUBMITTED,
      goal: { ...GOAL, steps: [{ id: 'a', check: { sql: 'select 1', always: true } }] },
    },
    'steps[0].check.always',
  ],
  [
    'a kind that is not a model’s to use',
    { ...SUBMITTED, goal: { ...GOAL, steps: [{ id: 'a', sweep: {} }] } },
    'steps[0].sweep',
  ],
])('%s comes back with its place', async (_what, input, path) => {
  const { effect, content } = await bed.call('submit_goal', input);
  expect(effect).toMatchObject({ kind: 'repair', faults: [expect.objectContaining({ path })] });
  expect(content).toMatchObject({ accepted: false });
});

it('equal faults have an equal signature, others another', async () => {
  const signature = async (steps: unknown[]): Promise<string> => {
    const { effect } = await bed.call('submit_goal', { ...SUBMITTED, goal: { ...GOAL, steps } });
    return effect?.kind === 'repair' ? effect.signature : '';
  };
  const first = await signature([{ id: 'a', check: { sql: 'select 1', x: 1 } }]);
  expect(await signature([{ id: 'b', check: { sql: 'select 2', x: 2 } }])).toBe(first);
  expect(await signature([{ id: 'a', check: { sql: 'select 1', y: 1 } }])).not.toBe(first);
});

it('what the person’s document fixes is not the model’s to change', async () => {
  const head = {
    goal: 'mine',
    warehouse: 'local',
    params: { since: { type: 'date', default: '2024-01-01' } },
  };
  const fixed = await bedFor({ text: 'check it', head }, bench.warehouse);
  const { effect, content } = await fixed.call('submit_goal', {
    ...SUBMITTED,
    goal: { ...GOAL, owner: 'dba', params: { since: { type: 'date', default: '1900-01-01' } } },
  });
  if (effect?.kind !== 'rehearse') throw new Error('it was not taken');
  const { goal } = await fixed.artifacts.getJson<{ goal: Record<string, unknown> }>(effect.bundle);
  expect(goal).toMatchObject({ goal: 'mine', params: { since: '2024-01-01' } });
  expect(goal).not.toHaveProperty('owner');
  expect((content as { notes: string[] }).notes).toHaveLength(3);
});

it('a question has an id that stays the same when its call is made again', async () => {
  const question = { question: 'Which orders?', why: 'There are two tables.', options: ['a', 'b'] };
  const [first, again] = [await bed.call('ask_person', question), await bed.call('ask_person', question)];
  expect(first.effect).toMatchObject({ kind: 'question', question });
  expect(again).toEqual(first);
});

it('a specialist is consulted with the task alone', async () => {
  const { effect } = await bed.call('consult', { role: 'transformation', task: 'Write the query.' });
  if (effect?.kind !== 'consult') throw new Error('it was not taken');
  expect(effect.role).toBe('transformation');
  expect((await bed.artifacts.get(effect.task)).toString()).toBe('Write the query.');
});

it.each([
  ['the planner itself', { role: 'planner', task: 'x' }, 'role'],
  ['raw text for a role with tools', { role: 'schema', task: 'x', material: { file: 'a.md' } }, 'material'],
])('consulting is refused: %s', async (_what, input, path) => {
  const { effect } = await bed.call('consult', input);
  expect(effect).toMatchObject({ kind: 'repair', faults: [expect.objectContaining({ path })] });
});

it('specialists propose or decline, and have nobody to consult or to ask', () => {
  const parts = assembleParts(registry);
  const names = (role: string): string[] =>
    parts
      .toolsOf(parts.roles.get(role)!)
      .map(({ name }) => name)
      .filter((name) => !parts.roles.get(role)!.tools.includes(name));
  expect(names('planner')).toEqual(['submit_goal', 'ask_person', 'consult', 'answer', 'decline']);
  expect(names('recovery')).toEqual(['submit_goal', 'ask_person', 'consult', 'decline']);
  expect(names('transformation')).toEqual(['submit', 'decline']);
  expect(names('reader')).toEqual([]);
});

it('a specialist’s proposal is checked against its schema', async () => {
  const model = { name: 'marts.x', sql: 'select 1 as one', tests: [{ unique: ['one'] }] };
  const good = await bed.call('submit', { model, grain: ['one'], rationale: 'r' }, 'transformation');
  expect(good.effect?.kind).toBe('output');
  const bad = await bed.call(
    'submit',
    { model: { ...model, name: 'a b' }, grain: ['one'] },
    'transformation',
  );
  expect(bad.effect).toMatchObject({
    kind: 'repair',
    faults: [expect.objectContaining({ path: 'model.name' }), expect.objectContaining({ path: 'rationale' })],
  });
});

it('a kind of step becomes usable by being registered and named in a role file', async () => {
  const map = {
    kind: 'map',
    summary: 'Draws a map.',
    input: z.strictObject({ of: z.string() }),
  } as unknown as Capability;
  const role = parseRole(
    'name: mapper\nsummary: Draws maps.\nmodel: small\ntools: [x]\nkinds: [map]\noutput: planned\nmaxCalls: 3\ninstructions: Draw.\n',
    'mapper.yaml',
  );
  const more = new Map([...registry, ['map', map] as const]);
  const without = assembleParts(more);
  const withIt = assembleParts(more, new Map(), new Map([...loadRoles(), ['mapper', role] as const]));
  const goal = { ...GOAL, steps: [{ id: 'm', map: { of: 'Zug' } }] };
  const submit = (parts: typeof without) =>
    parts
      .toolsOf(parts.roles.get('planner')!)
      .find(({ name }) => name === 'submit_goal')!
      .run({ ...SUBMITTED, goal }, bed.ctx);
  expect((await submit(without)).effect).toMatchObject({ kind: 'repair' });
  expect((await submit(withIt)).effect).toMatchObject({ kind: 'rehearse' });
  const schema = JSON.stringify(
    z.toJSONSchema(
      withIt.toolsOf(withIt.roles.get('planner')!).find(({ name }) => name === 'submit_goal')!.input,
    ),
  );
  expect(schema).toContain('"map":{"type":"object","properties":{"of":{"type":"string"}}');
});

it('what the model is told of a goal stays below 6,000 tokens', () => {
  const parts = assembleParts(registry);
  const [submit] = parts.toolsOf(parts.roles.get('planner')!).filter(({ name }) => name === 'submit_goal');
  // Four characters a token, as JSON goes.
  expect(JSON.stringify(z.toJSONSchema(submit!.input)).length).toBeLessThan(24_000);
});
