import { realpath } from 'node:fs/promises';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import type { AskGround } from '../../../activities/ask/bundle';
import type { AskInput, AskRequest } from '../../../schemas/ask';
import { findConfigFile, loadConfig } from '../config';
import { findPolicyFile, readPolicyText } from '../policy';
import { newRunId } from '../run-id';
import type { Link } from '../stack';
import { assertSendable } from './words';

export interface AskWanted extends Omit<AskInput, 'bundle'> {
  by: string;
  /** False: a question, or a budget that is used up, ends the ask (exit 3). */
  interactive: boolean;
}

/** What an ask stands on where somebody stands: configuration, root of files, policy. */
export async function groundOf(directory: string, environment?: string): Promise<AskGround> {
  const folder = await realpath(directory);
  const config = await loadConfig(findConfigFile(folder), environment);
  const policy = await readPolicyText(findPolicyFile(folder));
  return {
    config,
    root: config.files?.root ?? folder,
    ...(policy === undefined ? {} : { policy }),
    ...(environment === undefined ? {} : { environment }),
  };
}

/**
 * Starts an ask; returns its id. Throws `usage` when there are no words, `literal_secret` when a credential is among
 * them: they would be sent to a model and kept.
 */
export async function startAsk(link: Link, ground: AskGround, wanted: AskWanted): Promise<string> {
  assertSendable(wanted.text, link.home);
  if (wanted.head) assertSendable(JSON.stringify(wanted.head), link.home);
  const { by, interactive, ...input } = wanted;
  const { artifacts } = link.store;
  const bundle = await artifacts.putJson('ask_ground', ground);
  const askId = newRunId('ask');
  const request: AskRequest = {
    sluice: 'ask',
    askId,
    input: await artifacts.putJson('ask_input', { ...input, bundle } satisfies AskInput),
    by,
    interactive,
  };
  await link.client.workflow.start('ask', {
    workflowId: askId,
    taskQueue: link.taskQueue,
    args: [request],
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
    // The words are a person's and are kept in the store: what is shown in lists does not repeat them.
    staticSummary: `ask, by ${by}`.slice(0, 100),
  });
  return askId;
}
