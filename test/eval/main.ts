import { startMessagesApi, type MessagesApi } from '../messages-api/server';
import { recordedAnswers } from './ask/answers';
import { evaluate, factsOf, says, type Result } from './ask/evaluate';
import { evalBench, type EvalBench } from './engine/bench';
import { proveTask } from './prove';
import type { Task } from './task';
import { TASKS } from './tasks';

export interface EvalOptions {
  /** Ids or kinds; none: all. */
  only: string[];
  say: (line: string) => void;
}

export function chosen(only: string[]): Task[] {
  return TASKS.filter(
    (task) => only.length === 0 || only.some((name) => task.kind === name || task.id.includes(name)),
  );
}

/**
 * Proves the tasks themselves: each reference passes its checks and is taken back whole, each of its mutations fails
 * them. Returns what is wrong.
 */
export async function prove({ only, say }: EvalOptions): Promise<string[]> {
  const bench = await evalBench();
  const faults: string[] = [];
  try {
    for (const task of chosen(only)) {
      const found = await proofOf(bench, task);
      say(
        `${found.length === 0 ? 'proven' : 'FAULTY'}  ${task.id}${found.map((fault) => `\n        ${fault}`).join('')}`,
      );
      faults.push(...found.map((fault) => `${task.id}: ${fault}`));
    }
  } finally {
    await bench.close();
  }
  return faults;
}

async function proofOf(bench: EvalBench, task: Task): Promise<string[]> {
  if (task.ends === 'goal') return proveTask(bench, task);
  if (task.ends === 'answer') {
    const facts = await factsOf(bench, task.facts);
    const missing = (answer: string) => facts.filter((fact) => !says(answer, fact));
    const wrong = missing(task.reference(facts)).map((fact) => `the reference does not say ${fact}`);
    const passing = task.mutations.filter(
      ({ change }) => missing(task.reference(change(facts))).length === 0,
    );
    return [...wrong, ...passing.map(({ name }) => `"${name}" passes`)];
  }
  const text = task.ends === 'declined' ? task.reason : `${task.question} ${task.why}`;
  return task.about.test(text) ? [] : [`the reference does not say ${String(task.about)}`];
}

/** A bench on which asks are answered: by recorded answers of these tasks, or by the model when there is a key. */
export async function askBench(
  tasks: readonly Task[],
  { key, days }: { key?: string; days?: number } = {},
): Promise<{ bench: EvalBench; api?: MessagesApi; close(): Promise<void> }> {
  const api = key === undefined ? await startMessagesApi() : undefined;
  const bench = await evalBench(optionsFor(api, key), days);
  if (api) {
    const facts = new Map<string, string[]>();
    for (const task of tasks)
      if (task.ends === 'answer') facts.set(task.id, await factsOf(bench, task.facts));
    api.script(recordedAnswers(tasks, facts));
  }
  const close = async () => {
    await bench.close();
    await api?.stop();
  };
  return { bench, api, close };
}

/** Has the tasks asked and answered. */
export async function ask(
  { only, say }: EvalOptions,
  key: string | undefined,
): Promise<{ answers: string; results: Result[] }> {
  const tasks = chosen(only);
  const { bench, api, close } = await askBench(tasks, { key });
  const results: Result[] = [];
  try {
    for (const task of tasks) {
      const result = await evaluate(bench, task);
      results.push(result);
      const figures = `${result.calls} calls, ${result.seconds.toFixed(1)} s`;
      const faults = result.wrong.map((fault) => `\n        ${fault}`).join('');
      say(`${result.ok ? 'ok    ' : 'FAILED'}  ${task.id} (${figures})${faults}`);
    }
  } finally {
    await close();
  }
  return { answers: api ? 'recorded' : 'those of the configured models', results };
}

/** A response cache would answer the second evaluation of a day; an evaluation is of the model. */
function optionsFor(api: MessagesApi | undefined, key: string | undefined) {
  const llm = { cacheHours: 0, ...(api ? { baseUrl: api.url } : {}) };
  return {
    config: { llm } as never,
    resolveSecret: (reference: string) =>
      reference === 'secret://ANTHROPIC_API_KEY'
        ? Promise.resolve(api?.apiKey ?? key!)
        : Promise.reject(new Error(`no secret ${reference}`)),
  };
}
