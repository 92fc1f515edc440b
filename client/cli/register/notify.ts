import type { Command } from 'commander';
import { load } from '../load';
import { examples, type Execute, flagsOf } from './register';

/** `notify list`, `notify test` */
export function registerNotify(program: Command, execute: Execute): void {
  const notify = program
    .command('notify')
    .helpGroup('The stack:')
    .description('who is told of gates and failures')
    .addHelpText('after', examples(['sluice notify test ops', 'a test message, the way every other goes']));
  notify
    .command('list')
    .description('the notifiers of sluice.config.yaml, and what waits to be sent')
    .action((_options: object, command: Command) =>
      execute((terminal) => load.notify().notifyList(terminal), flagsOf(command)),
    );
  notify
    .command('test')
    .description('have a worker send a test message')
    .argument('<NAME>', 'a notifier of sluice.config.yaml')
    .action((name: string, _options: object, command: Command) =>
      execute((terminal) => load.notify().notifyTest(terminal, name), flagsOf(command)),
    );
}
