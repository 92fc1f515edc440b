import { callerName } from '../../core/caller';
import { findConfigFile, loadConfig } from '../../core/config';
import { listNotifiers, testNotifier } from '../../core/notices';
import { openHomeStore } from '../../core/home-store';
import type { Store } from '../../../store/store';
import type { Config } from '../../../schemas/config';
import type { CommandResult, Terminal } from '../terminal';
import { homeOf } from '../home';

/** `sluice notify list`: who is told, and what still waits to be sent. */
export function notifyList(terminal: Terminal): Promise<CommandResult> {
  return withNotifiers(terminal, async (store, config) => {
    const notifiers = await listNotifiers(store, config);
    const { paint } = terminal.out;
    const width = Math.max(0, ...notifiers.map(({ name }) => name.length));
    const lines = notifiers.map(({ name, kind, to, waiting, lastError }) => {
      const waits =
        waiting === 0 ? '' : paint.yellow(`  ${waiting} waiting${lastError ? `: ${lastError}` : ''}`);
      return `${name.padEnd(width)}  ${kind.padEnd(7)}  ${to}${waits}`;
    });
    const text = lines.join('\n') || 'No notifiers: declare them under `notifiers` in sluice.config.yaml.';
    return { document: { notifiers }, text, exitCode: 0 };
  });
}

/** `sluice notify test NAME`: a worker sends a test message, the way every other goes. */
export function notifyTest(terminal: Terminal, name: string): Promise<CommandResult> {
  return withNotifiers(terminal, async (store, config) => {
    terminal.progress.show('sending', name);
    const { tookMs, to } = await testNotifier(store, config, name, callerName());
    return {
      document: { name, sent: true, to, tookMs },
      text: `A test message was taken by ${to} (${(tookMs / 1000).toFixed(1)} s).`,
      exitCode: 0,
    };
  });
}

async function withNotifiers(
  terminal: Terminal,
  work: (store: Store, config: Config) => Promise<CommandResult>,
): Promise<CommandResult> {
  const config = await loadConfig(findConfigFile(terminal.surroundings.cwd));
  const store = await openHomeStore(homeOf(terminal));
  try {
    return await work(store, config);
  } finally {
    terminal.progress.stop();
    await store.close();
  }
}
