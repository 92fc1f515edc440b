import { z } from 'zod';
import { checkGoal } from '../../../capabilities/document';
import { registry } from '../../../capabilities/registry';
import type { AskParts } from '../../../activities/ask/parts';
import type { Tool } from '../../../activities/ask/tools/tool';
import type { Role } from '../../../llm/roles/role';

/** Small roles and tools: what is tested with them is the loop. */
const role = (name: string, over: Partial<Role> = {}): Role => ({
  name,
  summary: `knows ${name}`,
  model: 'large',
  tools: ['look'],
  kinds: [],
  output: name,
  maxCalls: 12,
  instructions: `You are ${name}.`,
  version: `v1-${name}`,
  ...over,
});

const tool = <Input>(name: string, input: z.ZodType<Input>, run: Tool<Input>['run']): Tool => ({
  name,
  description: `${name} of the test`,
  input,
  run,
});

const look = tool('look', z.strictObject({ at: z.string() }), ({ at }) =>
  Promise.resolve({ content: { at, columns: ['id', 'name'] } }),
);
const big = tool('big', z.strictObject({}), () => Promise.resolve({ content: 'x'.repeat(50_000) }));
/** Hands in a goal document, which is checked as any, and not vetted. */
const submitGoal = tool('submit_goal', z.looseObject({ goal: z.unknown() }), async ({ goal }, ctx) => {
  const { artifacts } = ctx.services.store;
  const checked = checkGoal({ apiVersion: 'sluice/v1', ...(goal as object) }, registry);
  const bundle = await artifacts.putJson('bundle', { ...ctx.bundle, goal: checked });
  const output = await artifacts.putJson('ask_output', {
    document: goal,
    assumptions: ['that it is meant so'],
    questions: [],
    explanation: 'because',
    citations: [],
  });
  return { content: { accepted: true }, effect: { kind: 'rehearse', bundle, goal: checked.goal, output } };
});
const answer = tool('answer', z.strictObject({ answer: z.string() }), async (given, { services }) => {
  const output = await services.store.artifacts.putJson('ask_output', given);
  return { content: { answered: true }, effect: { kind: 'output', output } };
});
const askPerson = tool('ask_person', z.strictObject({ question: z.string() }), ({ question }) =>
  Promise.resolve({
    content: 'asked',
    effect: { kind: 'question', question: { id: `q-${question.length}`, question, why: 'it matters' } },
  }),
);
const consult = tool(
  'consult',
  z.strictObject({ role: z.string(), task: z.string() }),
  async (given, { services }) => {
    const task = await services.store.artifacts.put('ask_task', Buffer.from(given.task));
    return { content: 'consulted', effect: { kind: 'consult', role: given.role, task } };
  },
);
const decline = tool('decline', z.strictObject({ reason: z.string() }), ({ reason }) =>
  Promise.resolve({ content: 'declined', effect: { kind: 'decline', reason, missing: ['a table'] } }),
);
const check = tool('check', z.strictObject({ fault: z.string() }), ({ fault }) =>
  Promise.resolve({
    content: { accepted: false, fault },
    effect: { kind: 'repair', signature: fault, faults: [{ path: 'steps[0]', message: fault }] },
  }),
);

const CONTROL = [submitGoal, answer, askPerson, consult, decline, check];

export function testParts(over: Partial<Role> = {}, historyAtMost?: number): AskParts {
  const roles = [
    role('planner', over),
    role('helper'),
    role('reader', { tools: [], model: 'small' }),
    role('sorter', { model: 'small' }),
  ];
  return {
    roles: new Map(roles.map((each) => [each.name, each])),
    toolsOf: ({ tools }) => (tools.length === 0 ? [] : [look, big, ...CONTROL]),
    systemPrompt: ({ instructions }) => `${instructions} ${'Be exact. '.repeat(300)}`,
    opening: (_role, { text }) => Promise.resolve({ text, citations: [] }),
    outputOf: () => z.strictObject({ verdict: z.enum(['good', 'bad']) }),
    ...(historyAtMost === undefined ? {} : { historyAtMost }),
  };
}
