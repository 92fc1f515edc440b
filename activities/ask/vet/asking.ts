import type { AskInput, Beyond } from '../../../schemas/ask';
import type { Goal } from '../../../schemas/goal';
import type { Bundle } from '../../services';
import type { ToolContext } from '../tools/tool';
import { wordsFrom, type Words } from './words';

/** Of a chat that goes on: so many asks back at most. */
const MAX_PREVIOUS = 20;

export interface WhatWasAsked {
  input: AskInput;
  words: Words;
  /** The goal that is being recovered, as it was, and what of it went beyond the words then. */
  base?: {
    runId: string;
    attempt: number;
    goal: Goal;
    beyond: readonly Beyond[];
    files: Readonly<Record<string, string>>;
  };
}

/** What the person has said: the words of this ask and of those before it in the same chat, and their answers. */
export async function whatWasAsked(ctx: ToolContext): Promise<WhatWasAsked> {
  const { artifacts, asks, runs } = ctx.services.store;
  const input = await artifacts.getJson<AskInput>(ctx.agent.ask.input);
  const texts: string[] = [];
  const named: string[] = [];
  let latest = 0;
  let [id, current]: [string, AskInput] = [ctx.agent.ask.askId, input];
  for (let nth = 0; nth < MAX_PREVIOUS; nth += 1) {
    texts.push(current.text, ...(await answersOf(ctx, id)));
    if (nth === 0) latest = texts.length;
    const before = current.previous === undefined ? undefined : await asks.get(current.previous);
    if (!before) break;
    // Tables that were made for them then may be spoken of as "it" now; what they were shown as beyond their words, not.
    const { document } = before;
    if (document?.document) named.push(...namesIn(document.document, ['into', 'name'], document.beyond));
    [id, current] = [before.askId, await artifacts.getJson<AskInput>(before.input)];
  }
  const failed = input.recovers && (await runs.get(input.recovers.runId));
  if (!failed) return { input, words: wordsFrom(texts, named, latest) };
  const { goal, asked, files } = await artifacts.getJson<Bundle>(failed.bundle);
  const beyond = asked?.beyond ?? [];
  // What the goal named before is asked for again; what it names anew is not.
  texts.push(asked?.text ?? '');
  named.push(...namesIn(goal, ALL_NAMES, beyond));
  return {
    input,
    words: wordsFrom(texts, named, latest),
    base: { runId: failed.runId, attempt: input.recovers!.attempt, goal, beyond, files },
  };
}

const ALL_NAMES = ['into', 'name', 'table', 'files', 'postgres', 'connection', 'goal'];

/** A person's answers, as they wrote them. */
async function answersOf(ctx: ToolContext, askId: string): Promise<string[]> {
  const events = await ctx.services.store.asks.events(askId);
  return events
    .filter(({ kind }) => kind === 'answer')
    .map(({ text }) => text.replace(/^[^:\n]{1,100}: /, ''));
}

/** Names of relations, files and connections in a goal; not its prose, and not its SQL. */
function namesIn(document: unknown, keys: readonly string[], beyond: readonly Beyond[]): string[] {
  const strange = new Set(beyond.map(({ name }) => name));
  const found: string[] = [];
  const visit = (value: unknown, key: string): void => {
    if (typeof value === 'string' && keys.includes(key) && !strange.has(value)) found.push(value);
    if (Array.isArray(value)) for (const item of value) visit(item, key);
    else if (typeof value === 'object' && value !== null)
      for (const [below, item] of Object.entries(value)) visit(item as unknown, below);
  };
  visit(document, '');
  return found;
}
