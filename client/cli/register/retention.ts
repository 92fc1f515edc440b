import type { Command } from 'commander';
import type { SweepOptions } from '../commands/sweep';
import { load } from '../load';
import { collect, examples, type Execute, flagsOf } from './register';

const GROUP = 'Retention:';

/** `sweep` */
export function registerRetention(program: Command, execute: Execute): void {
  program
    .command('sweep')
    .helpGroup(GROUP)
    .description('delete what Sluice keeps and the configured retention has given up')
    .option('--dry-run', 'only show what would go: how many, how large, how old')
    .option(
      '--only <what>',
      'undo, quarantine, ledger, runs, artifacts or shadows (repeatable); default: all',
      collect,
    )
    .option('--warehouse <name>', 'a connection of the configuration (default: local)')
    .action((options: SweepOptions, command: Command) =>
      execute((terminal) => load.sweep()(terminal, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice sweep --dry-run', 'what is past its retention'],
        ['sluice sweep --only quarantine', ''],
        ['sluice schedule examples/retention/goal.yaml', 'the same every night'],
      ),
    );
}
