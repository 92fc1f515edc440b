import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  FINAL_ASK_STATUSES,
  type AskDocument,
  type AskInput,
  type AskRequest,
  type Question,
} from '../../../schemas/ask';
import type { EvalBench } from '../engine/bench';

const POLL_MS = 25;

export interface Asked {
  document: AskDocument;
  /** Questions that were put and answered, which the document of a finished ask need not have any more. */
  answered: Question[];
}

export interface Asking {
  words: string;
  /** What a person answers; absent: nobody is there, and a question ends the ask. */
  answer?: string;
  longestMs: number;
}

/** Puts an ask in plain words and waits for its end, as a client does. */
export async function runAsk(bench: EvalBench, { words, answer, longestMs }: Asking): Promise<Asked> {
  const { services, client, taskQueue, root } = bench.engine;
  const { artifacts } = services.store;
  const ground = await artifacts.putJson('ask_ground', { config: services.project.config, root });
  const input: AskInput = { text: words, bundle: ground };
  const askId = `ask-${randomUUID().slice(0, 12)}`;
  const request: AskRequest = {
    sluice: 'ask',
    askId,
    input: await artifacts.putJson('ask_input', input),
    by: 'ann',
    interactive: answer !== undefined,
  };
  const handle = await client.workflow.start('ask', { taskQueue, workflowId: askId, args: [request] });
  const answered: Question[] = [];
  for (const end = Date.now() + longestMs; ; await new Promise((resolve) => setTimeout(resolve, POLL_MS))) {
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING') return { document: await outcome(handle), answered };
    if (Date.now() > end) {
      await handle.cancel();
      return { document: await outcome(handle), answered };
    }
    const document = await handle.query<AskDocument>('status');
    const open = document.questions.find(({ id }) => !answered.some((one) => one.id === id));
    if (document.status !== 'asking' || !open || answer === undefined) continue;
    answered.push(open);
    const said = { questionId: open.id, text: answer, by: 'ann' };
    await handle.executeUpdate('answer', { args: [said] });
  }
}

async function outcome(handle: WorkflowHandle): Promise<AskDocument> {
  try {
    return (await handle.result()) as AskDocument;
  } catch (cause) {
    for (let inner: unknown = cause; inner instanceof Error; inner = inner.cause) {
      const told = inner instanceof ApplicationFailure ? (inner.details ?? []) : [];
      const document = told.find((one) => typeof one === 'object' && one !== null && 'askId' in one);
      if (document) return document as AskDocument;
    }
    const document = await handle.query<AskDocument>('status');
    if (FINAL_ASK_STATUSES.has(document.status)) return document;
    throw cause;
  }
}
