import { listRuns } from '../../core/runs/list';
import { listSecrets } from '../../core/secrets';
import { openHomeStore } from '../../core/home-store';
import type { Store } from '../../../store/store';
import type { CommandResult, Terminal } from '../terminal';
import { homeOf } from '../home';

/** Ids of workflows that others started may hold anything; a shell must never complete to something it would run. */
const HARMLESS = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Words for a shell that completes: run ids, names of secrets. Nothing, and no error, when there is nobody to ask. */
export async function words(terminal: Terminal, what: string): Promise<CommandResult> {
  const found = await (WORDS[what] ?? secretNames)(terminal).catch(() => []);
  const harmless = found.filter((word) => HARMLESS.test(word));
  return { document: harmless, text: harmless.join('\n'), exitCode: 0 };
}

const WORDS: Record<string, (terminal: Terminal) => Promise<string[]>> = {
  runs: runIds,
  asks: askIds,
  goals: goalNames,
  standing: standingIds,
};

async function goalNames(terminal: Terminal): Promise<string[]> {
  return withStore(terminal, async ({ schedules }) => (await schedules.list()).map(({ goal }) => goal));
}

async function standingIds(terminal: Terminal): Promise<string[]> {
  return withStore(terminal, async ({ standing }) =>
    (await standing.list({ active: true })).flatMap(({ id, goal }) => [id, goal]),
  );
}

async function runIds(terminal: Terminal): Promise<string[]> {
  return withStore(terminal, async (store) => {
    const listed = await listRuns(store, { limit: 50 });
    return [...listed.map((run) => run.runId), ...(listed.length > 0 ? ['last'] : [])];
  });
}

async function askIds(terminal: Terminal): Promise<string[]> {
  return withStore(terminal, async ({ asks }) => {
    const listed = await asks.list({ limit: 50 });
    return [...listed.map(({ askId }) => askId), ...(listed.length > 0 ? ['last'] : [])];
  });
}

async function withStore<T>(terminal: Terminal, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openHomeStore(homeOf(terminal), terminal.surroundings);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function secretNames(terminal: Terminal): Promise<string[]> {
  return Promise.resolve(listSecrets(homeOf(terminal)).map((secret) => secret.name));
}
