import { runWorker } from '../../../workers/main';
import { tuningOf } from '../../../workers/tuning';
import type { CommandResult, Terminal } from '../terminal';

/**
 * `sluice worker`: a worker in the foreground, until SIGTERM or SIGINT; then it takes nothing new and finishes what is
 * quick. What is long is taken up by another one from its ledger row.
 */
export async function worker(terminal: Terminal): Promise<CommandResult> {
  const { weights, deployment } = tuningOf(terminal.surroundings.env);
  await runWorker();
  return {
    document: { stopped: true, queues: weights, version: deployment?.version ?? null },
    text: 'The worker has stopped.',
    exitCode: 0,
  };
}
