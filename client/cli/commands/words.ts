import { listRuns } from '../../core/runs/list';
import { listSecrets } from '../../core/secrets';
import { openHomeStore } from '../../core/stack';
import type { CommandResult, Terminal } from '../terminal';
import { homeOf } from '../with-link';

/** Ids of workflows that others started may hold anything; a shell must never complete to something it would run. */
const HARMLESS = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Words for a shell that completes: run ids, names of secrets. Nothing, and no error, when there is nobody to ask. */
export async function words(terminal: Terminal, what: string): Promise<CommandResult> {
  const found = await (what === 'runs' ? runIds(terminal) : secretNames(terminal)).catch(() => []);
  const harmless = found.filter((word) => HARMLESS.test(word));
  return { document: harmless, text: harmless.join('\n'), exitCode: 0 };
}

async function runIds(terminal: Terminal): Promise<string[]> {
  const store = await openHomeStore(homeOf(terminal), terminal.surroundings);
  try {
    const listed = await listRuns(store, { limit: 50 });
    return [...listed.map((run) => run.runId), ...(listed.length > 0 ? ['last'] : [])];
  } finally {
    await store.close();
  }
}

async function secretNames(terminal: Terminal): Promise<string[]> {
  return Promise.resolve(listSecrets(homeOf(terminal)).map((secret) => secret.name));
}
