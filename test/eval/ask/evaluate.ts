import { randomUUID } from 'node:crypto';
import type { AskDocument, Question } from '../../../schemas/ask';
import type { Bundle } from '../../../activities/services';
import type { RunRequest } from '../../../schemas/life';
import type { EvalBench } from '../engine/bench';
import { differing, fingerprints } from '../engine/fingerprint';
import { checkAgain, checkOutcome } from '../engine/outcome';
import type { GoalDocument, GoalTask, Task } from '../task';
import { restoreFiles } from '../world/files';
import { runAsk } from './run-ask';

/** What came of one task. */
export interface Result {
  id: string;
  kind: Task['kind'];
  ok: boolean;
  /** Why not. */
  wrong: string[];
  status: string;
  calls: number;
  repairs: number;
  tokens: number;
  money: number;
  seconds: number;
}

const LONGEST_MS = 15 * 60_000;

/** Asks, applies what came of it, looks at what it did, and takes it back. */
export async function evaluate(bench: EvalBench, task: Task): Promise<Result> {
  const { admin } = bench.engine;
  const started = Date.now();
  const before = await fingerprints(admin);
  const answer = task.ends === 'goal' ? task.asks?.answer : undefined;
  const { document: asked, answered } = await runAsk(bench, {
    words: task.words,
    answer,
    longestMs: LONGEST_MS,
  });
  const seconds = (Date.now() - started) / 1_000;
  const wrong = await faultsOf(bench, task, asked, answered, before);
  const left = differing(before, await fingerprints(admin));
  if (left.length > 0) wrong.push(`afterwards ${left.join(', ')} is not as before`);
  const { calls, inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, money } = asked.usage;
  return {
    id: task.id,
    kind: task.kind,
    ok: wrong.length === 0,
    wrong,
    status: asked.status,
    calls,
    repairs: asked.repairs,
    tokens: inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens,
    money,
    seconds,
  };
}

async function faultsOf(
  bench: EvalBench,
  task: Task,
  asked: AskDocument,
  answered: Question[],
  before: Awaited<ReturnType<typeof fingerprints>>,
): Promise<string[]> {
  const ended = `ended ${asked.status}${asked.error ? ` (${asked.error.code}: ${asked.error.message})` : ''}`;
  switch (task.ends) {
    case 'goal': {
      if (asked.bundle === undefined) return [ended];
      const faults =
        task.asks &&
        !answered.some(({ question, options }) =>
          task.asks!.about.test([question, ...(options ?? [])].join(' ')),
        );
      const wrong = await applied(bench, task, asked.bundle, before);
      return faults ? ['it did not ask', ...wrong] : wrong;
    }
    case 'answer': {
      if (asked.answer === undefined) return [ended];
      const missing = (await factsOf(bench, task.facts)).filter((fact) => !says(asked.answer!, fact));
      return missing.map((fact) => `the answer does not say ${fact}`);
    }
    case 'declined': {
      if (asked.status !== 'declined') return [ended];
      const text = [asked.error?.message, asked.error?.next, asked.explanation].join(' ');
      return task.about.test(text) ? [] : [`the reason does not say ${String(task.about)}: ${text}`];
    }
    case 'question': {
      if (asked.error?.code !== 'question_open') return [`did not ask: ${ended}`];
      const text = asked.questions.map(({ question, why }) => `${question} ${why}`).join(' ');
      return task.about.test(text) ? [] : [`asked something else: ${text}`];
    }
  }
}

/** The goal is run as any other: the bundle that the ask ended with, at its gate, by its digest. */
async function applied(
  bench: EvalBench,
  task: GoalTask,
  bundle: string,
  before: Awaited<ReturnType<typeof fingerprints>>,
): Promise<string[]> {
  const { client, taskQueue, services, root } = bench.engine;
  const { goal } = await services.store.artifacts.getJson<Bundle>(bundle);
  const runId = `${goal.goal}-${randomUUID().slice(0, 8)}`;
  const request: RunRequest = { sluice: 'run', runId, bundle, mode: 'apply', by: 'ann' };
  const ran = await bench.follow(
    await client.workflow.start('goal', { taskQueue, workflowId: runId, args: [request] }),
  );
  const document = asDocument(goal);
  const wrong = await checkOutcome(bench, task.outcome, document, ran, before);
  if (wrong.length === 0) wrong.push(...(await checkAgain(bench, task.outcome, document)));
  if (ran.status === 'succeeded') await bench.undo(runId);
  restoreFiles(root, Object.keys(task.outcome.again?.files ?? {}));
  return wrong;
}

/** A checked goal as the document it came from. */
function asDocument(goal: Bundle['goal']): GoalDocument {
  const { steps, apiVersion: _, params: __, deadlineMs: ___, timeParams: ____, ...head } = goal;
  return {
    ...head,
    steps: steps.map(({ kind, input, ...step }) => ({ ...step, [kind]: input })),
  };
}

export async function factsOf(bench: EvalBench, sql: string): Promise<string[]> {
  const { rows } = await bench.engine.admin.query<string[]>({ text: sql, rowMode: 'array' });
  return rows.flat().map(String);
}

/** Numbers may be grouped, and stand in words. */
export function says(answer: string, fact: string): boolean {
  const plain = answer.replace(/(\d)[,.\u202f\u00a0 '](?=\d{3}\b)/g, '$1');
  return new RegExp(
    `(^|[^\\p{L}\\d_])${fact.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}($|[^\\p{L}\\d_])`,
    'iu',
  ).test(plain);
}
