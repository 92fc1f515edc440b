import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AskParts } from '../../../activities/ask/parts';
import type { AskDocument, AskInput, AskRequest, AskStatus } from '../../../schemas/ask';
import { configSchema } from '../../../schemas/config';
import { realEngine, type RealEngine } from '../../e2e/in-process';
import { startMessagesApi, type MessagesApi } from '../../messages-api/server';
import { testParts } from './parts';

/** Asks on everything real but the model, which is a server that behaves like the Messages API. */
export interface AskBed {
  engine: RealEngine;
  api: MessagesApi;
  ask(text: string, over?: AskOver): Promise<WorkflowHandle>;
  /** How it ended: its document, whichever way. */
  end(handle: WorkflowHandle): Promise<AskDocument>;
  until(handle: WorkflowHandle, status: AskStatus): Promise<AskDocument>;
  close(): Promise<void>;
}

export interface AskOver {
  llm?: Record<string, unknown>;
  interactive?: boolean;
  input?: Partial<AskInput>;
  by?: string;
  /** Of another worker than the engine's. */
  taskQueue?: string;
}

export async function askBed(parts: AskParts = testParts(), env: NodeJS.ProcessEnv = {}): Promise<AskBed> {
  const api = await startMessagesApi();
  const engine = await realEngine('ask', {
    ask: parts,
    env,
    resolveSecret: (reference) =>
      reference.endsWith('ANTHROPIC_API_KEY')
        ? Promise.resolve(api.apiKey)
        : Promise.resolve('another-key-than-that'),
  });
  const { services } = engine;
  return {
    engine,
    api,
    async ask(
      text,
      { llm = {}, interactive = true, input = {}, by = 'ann', taskQueue = engine.taskQueue } = {},
    ) {
      const { artifacts } = services.store;
      const config = configSchema.parse({ llm: { baseUrl: api.url, ...llm } });
      const bundle = await artifacts.putJson('ask_ground', { config, root: engine.root });
      const askId = `ask-${randomUUID().slice(0, 8)}`;
      const request: AskRequest = {
        sluice: 'ask',
        askId,
        input: await artifacts.putJson('ask_input', { text, bundle, ...input }),
        by,
        interactive,
      };
      return engine.client.workflow.start('ask', {
        taskQueue,
        workflowId: askId,
        args: [request],
      });
    },
    async end(handle) {
      try {
        return (await handle.result()) as AskDocument;
      } catch (cause) {
        for (let inner: unknown = cause; inner instanceof Error; inner = inner.cause) {
          if (inner instanceof ApplicationFailure) return inner.details![1] as AskDocument;
        }
        const row = await services.store.asks.get(handle.workflowId);
        if (row?.document) return row.document;
        throw cause;
      }
    },
    async until(handle, status) {
      for (const end = Date.now() + 20_000; ;) {
        const document = await handle.query<AskDocument>('status');
        if (document.status === status) return document;
        if (Date.now() > end) throw new Error(`waited for ${status}: ${JSON.stringify(document)}`);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    },
    async close() {
      await engine.close();
      await api.stop();
    },
  };
}
