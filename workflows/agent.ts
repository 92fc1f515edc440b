import {
  ActivityFailure,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  workflowInfo,
} from '@temporalio/workflow';
import type { AgentOutcome, AgentState } from '../schemas/agent';
import type { CallInput, CallResult, Repair, Usage } from '../schemas/ask';
import { usageSignal } from './ask-messages';
import { AgentView } from './agent-view';
import { countRepair, ended, turnOf } from './agent-turn';
import { problemFrom } from './problem';
import { looking, model } from './proxies';

type Answer = Extract<CallResult, { kind: 'answer' }>;

/**
 * One conversation of one role with a model: call, tools, call again, until a tool ends it. What only its ask can do
 * (people, other specialists, rehearsals, more budget) it returns as a need, with the state from which another execution
 * goes on.
 */
export async function agent(given: AgentState): Promise<AgentOutcome> {
  const state: AgentState = { ...given, signatures: [...given.signatures] };
  const view = new AgentView(state);
  try {
    for (;;) {
      const outcome = await turn(state, view);
      if (outcome) return outcome;
      if (isLong(state)) await continueAsNew<typeof agent>(state);
    }
  } catch (cause) {
    if (isCancellation(cause) || !(cause instanceof ActivityFailure)) throw cause;
    return { kind: 'failed', state, problem: problemFrom(cause) };
  }
}

/** One call and the tools it asks for. `undefined`: there is another one to make. */
async function turn(state: AgentState, view: AgentView): Promise<AgentOutcome | undefined> {
  const spent = countRepair(
    state,
    state.results.flatMap(({ repair }) => (repair ? [repair] : [])),
  );
  if (spent) return { kind: 'failed', state, problem: spent };
  if (state.nth >= state.maxCalls) return endless(state);
  view.calling();
  const answer = await model(state.queue).callModel.executeWithOptions(
    { summary: `${state.agent.agent}: call ${state.nth + 1}` },
    [callOf(state)],
  );
  if (answer.kind === 'over_budget') {
    const { kind: _kind, ...limit } = answer;
    return { kind: 'over_budget', state, limit };
  }
  state.nth += 1;
  state.usage = answer.usage;
  tellUsage(answer.usage);
  if (answer.stop === 'max_tokens') return cutOff(state);
  state.conversation = answer.conversation;
  state.results = [];
  delete state.note;
  delete state.longer;
  if (answer.stop === 'refusal') return refused(state, answer);
  if (answer.stop === 'context_window') return tooLong(state);
  if (answer.stop === 'pause_turn') return undefined;
  if (answer.tools.length === 0) return said(state, answer);
  return called(state, answer, view);
}

function callOf(state: AgentState): CallInput {
  const { agent, conversation, nth, results, note, longer, repairs } = state;
  return {
    agent,
    conversation,
    nth: nth + 1,
    purpose: repairs > 0 ? 'repair' : state.purpose,
    ...(results.length > 0 ? { results: results.map(({ repair: _repair, ...result }) => result) } : {}),
    ...(note ? { note } : {}),
    ...(repairs > 0 ? { escalate: true } : {}),
    ...(longer ? { longer } : {}),
  };
}

/** An answer without a call: the typed output of a role without tools, or prose where a call was due. */
function said(state: AgentState, { output, faults }: Answer): AgentOutcome | undefined {
  if (output !== undefined) return { kind: 'done', state, output };
  const repair: Repair = state.tools
    ? { signature: 'prose', faults: [{ path: '', message: 'it answered in prose and called no tool' }] }
    : { signature: JSON.stringify(faults ?? []), faults: faults ?? [] };
  const spent = countRepair(state, [repair]);
  if (spent) return { kind: 'failed', state, problem: spent };
  state.note = state.tools ? { kind: 'nudge' } : { kind: 'faults', faults: repair.faults };
  return undefined;
}

async function called(
  state: AgentState,
  { tools }: Answer,
  view: AgentView,
): Promise<AgentOutcome | undefined> {
  const { agent, conversation } = state;
  view.running(tools.map(({ name }) => name));
  const done = await Promise.all(
    tools.map(({ id, name }) =>
      looking.runTool.executeWithOptions({ summary: name.slice(0, 200) }, [
        { agent, conversation, id, name },
      ]),
    ),
  );
  const turn = turnOf(done);
  switch (turn.kind) {
    case 'told':
      state.results = turn.results;
      return undefined;
    case 'needs':
      state.results = turn.results;
      return { kind: 'needs', state, needs: turn.needs };
    case 'done':
      return { kind: 'done', state, output: turn.output };
    case 'declined':
      return { kind: 'declined', state, reason: turn.reason, missing: turn.missing };
  }
}

/** The conversation stays where it was: a call that was cut off half way is none. */
function cutOff(state: AgentState): AgentOutcome | undefined {
  if (!state.longer) {
    state.longer = true;
    return undefined;
  }
  return ended(
    state,
    'ask_failed',
    'The model’s answer was cut off twice for its length.',
    'Ask for less at once.',
  );
}

function refused(state: AgentState, { refusal }: Answer): AgentOutcome {
  const reason = refusal ? `The model refused: ${refusal}` : 'The model refused to answer.';
  return { kind: 'declined', state, reason, missing: [] };
}

function tooLong(state: AgentState): AgentOutcome {
  return ended(
    state,
    'ask_failed',
    'The conversation became longer than the model can read.',
    'Ask for less at once, or name the tables it is about.',
  );
}

function endless(state: AgentState): AgentOutcome {
  return ended(
    state,
    'ask_failed',
    `${state.agent.role} made all ${state.maxCalls} calls of the model that it may, and came to no end.`,
    'Say it more precisely, or ask for less at once.',
  );
}

/** Its ask hears of every call as it is answered. Whether it still listens is nothing that the agent waits for. */
function tellUsage(usage: Usage): void {
  const { parent } = workflowInfo();
  if (!parent || !patched('usage-told')) return;
  getExternalWorkflowHandle(parent.workflowId, parent.runId)
    .signal(usageSignal, usage)
    .catch(() => undefined);
}

function isLong({ historyAtMost }: AgentState): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || (historyAtMost !== undefined && historyLength >= historyAtMost);
}
