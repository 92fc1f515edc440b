import type { AskInput, CallResult } from '../../../schemas/ask';
import type { LlmConfig } from '../../../schemas/llm';
import type { NewCall } from '../../../store/asks/calls';
import type { Store } from '../../../store/store';

type OverBudget = Extract<CallResult, { kind: 'over_budget' }>;

/**
 * Which limit the next call would pass, looked up in the ledger before it: what the whole ask has used, its specialists
 * included, and what all asks of the day (UTC) have. The call itself counts as it is estimated. More that was granted to
 * this ask lifts its own limits, and the day's for it.
 */
export async function overBudget(
  { asks }: Store,
  call: NewCall,
  input: AskInput,
  llm: LlmConfig,
): Promise<OverBudget | undefined> {
  const { askId } = call;
  const [used, today, granted] = await Promise.all([
    asks.calls.usage(askId, call),
    asks.calls.today(),
    asks.granted(askId),
  ]);
  const { estimate: next } = call;
  const goal = { ...llm.budgets.goal, ...input.budget };
  const { day } = llm.budgets;
  const limits: [OverBudget['of'], OverBudget['limit'], number | undefined, number, number][] = [
    ['goal', 'seconds', goal.seconds, used.seconds, 0],
    ['goal', 'tokens', goal.tokens, used.tokens, next.tokens],
    ['goal', 'money', goal.money, used.money, next.money],
    ['day', 'tokens', day.tokens, today.tokens, next.tokens],
    ['day', 'money', day.money, today.money, next.money],
  ];
  for (const [of, limit, configured, spent, more] of limits) {
    if (configured === undefined) continue;
    const budget = configured + granted[limit];
    if (spent + more > budget || (more === 0 && spent >= budget)) {
      await asks.calls.givenUp(call);
      return { kind: 'over_budget', limit, of, spent, budget };
    }
  }
  return undefined;
}

/** Milliseconds that the budget of seconds leaves for waiting; `undefined`: it has none. */
export async function patienceMs(
  { asks }: Store,
  { askId }: NewCall,
  { budget }: AskInput,
  llm: LlmConfig,
): Promise<number | undefined> {
  const seconds = budget?.seconds ?? llm.budgets.goal.seconds;
  if (seconds === undefined) return undefined;
  const [used, granted] = await Promise.all([asks.calls.usage(askId), asks.granted(askId)]);
  return Math.max(seconds + granted.seconds - used.seconds, 0) * 1_000;
}
