import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '../../governance/notify/message';
import type { Config } from '../../schemas/config';
import { fail } from '../../schemas/errors';
import type { Notifier } from '../../schemas/notifiers';
import type { Store } from '../../store/store';

/** Milliseconds for a worker to take a test message, and for the receiver to answer. */
const PATIENCE_MS = 20_000;

export interface NotifierListing {
  name: string;
  kind: Notifier['kind'];
  /** Host or addresses; never a path, which may be secret. */
  to: string;
  /** Messages that still have to go, and why the newest of them did not. */
  waiting: number;
  lastError?: string;
}

/** What is configured, and what waits. */
export async function listNotifiers(store: Store, config: Config): Promise<NotifierListing[]> {
  const unsent = await store.notifications.unsent(1_000);
  return Object.entries(config.notifiers).map(([name, notifier]) => {
    const mine = unsent.filter((state) => state.notifier === name && state.givenUpAt === null);
    const lastError = mine.find((state) => state.lastError !== null)?.lastError;
    return {
      name,
      kind: notifier.kind,
      to: placeOf(notifier),
      waiting: mine.length,
      ...(lastError ? { lastError } : {}),
    };
  });
}

/**
 * Has a worker send a test message, the way every other goes, and says what came of it. Returns the milliseconds it
 * took. Throws `not_found`, `service_unreachable` with the receiver's reason; a test is not tried again.
 */
export async function testNotifier(
  store: Store,
  config: Config,
  name: string,
  by: string,
): Promise<{ tookMs: number; to: string }> {
  const settings = config.notifiers[name];
  if (!settings) {
    const names = Object.keys(config.notifiers);
    throw fail('not_found', `There is no notifier "${name}".`, {
      next:
        names.length === 0
          ? 'Declare one under `notifiers` in sluice.config.yaml.'
          : `One of: ${names.join(', ')}.`,
    });
  }
  const key = `test:${name}:${randomUUID()}`;
  const started = Date.now();
  const message = testMessage(by);
  await store.notifications.add({
    ...{ key, notifier: name, event: 'test', runId: '', goal: '', settings, message },
  });
  for (;;) {
    const state = await store.notifications.state(key);
    if (state?.sentAt) return { tookMs: Date.now() - started, to: placeOf(settings) };
    const late = Date.now() - started > PATIENCE_MS;
    if (state?.lastError || late) {
      await store.notifications.withdraw(key);
      throw fail(
        'service_unreachable',
        state?.lastError
          ? `The test message for "${name}" was not taken: ${state.lastError}`
          : `No worker has sent the test message for "${name}" in ${PATIENCE_MS / 1000} s.`,
        {
          next: state?.lastError
            ? 'Correct the notifier in sluice.config.yaml or its secret, then test again.'
            : 'See whether a worker runs: sluice status.',
          state: 'The test message is withdrawn; nothing else was changed.',
          place: `notifiers.${name}`,
        },
      );
    }
    await sleep(100);
  }
}

function testMessage(by: string): Message {
  return {
    event: 'test',
    title: 'A test message from Sluice',
    text: [`${by} asked for it; there is nothing to do.`],
    ...{ goal: '', runId: '', workflowId: '', status: '', owner: '', environment: '', warehouse: '' },
    commands: [],
    at: new Date().toISOString(),
  };
}

function placeOf(notifier: Notifier): string {
  switch (notifier.kind) {
    case 'log':
      return 'the worker’s log';
    case 'webhook':
      return new URL(notifier.url).host;
    case 'slack':
      return notifier.host;
    case 'smtp':
      return `${notifier.to.join(', ')} by ${notifier.host}`;
  }
}
