import { InvalidArgumentError, type Command } from 'commander';
import type { EraseOptions } from '../commands/erase';
import type { SweepOptions } from '../commands/sweep';
import { load } from '../load';
import { collect, examples, type Execute, flagsOf } from './register';

const GROUP = 'Retention:';

/** `sweep`, `erase` */
export function registerRetention(program: Command, execute: Execute): void {
  program
    .command('sweep')
    .helpGroup(GROUP)
    .description('delete what Sluice keeps and the configured retention has given up')
    .option('--dry-run', 'only show what would go: how many, how large, how old')
    .option(
      '--only <what>',
      'undo, quarantine, ledger, runs, asks, calls, artifacts, shadows, lineage or notices (repeatable); default: all',
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

  program
    .command('erase')
    .helpGroup(GROUP)
    .description('erase a person’s rows from a table and from every copy that Sluice keeps; cannot be undone')
    .requiredOption('--table <table>', 'the table, as schema.name')
    .requiredOption(
      '--where <column=value>',
      'which rows: the column has the value (repeatable, all must hold); "-" asks for the value, or reads it from stdin',
      where,
    )
    .option('--downstream', 'also in tables that were built from it and have these columns')
    .option('--reason <text>', 'why, for the record, which is kept: no personal data')
    .option('--dry-run', 'only show what would go')
    .option('--allow-destructive', 'with --yes: stand for both approvers')
    .option(
      '--confirm <relation>',
      'with --yes: the same, by repeating the table’s name (repeatable)',
      collect,
    )
    .option('--comment <text>', 'a comment on the decision, for the record')
    .option('--warehouse <name>', 'a connection of the configuration (default: local)')
    .option('--detach', 'do not follow the run once it is decided on')
    .option('--full', 'show every statement in full')
    .action((options: EraseOptions, command: Command) =>
      execute((terminal) => load.erase()(terminal, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice erase --table raw.people --where id=7 --dry-run', 'where the rows and their copies are'],
        [
          'sluice erase --table raw.people --where email=- --reason "ticket 4711"',
          'asks for the value, unseen',
        ],
        ['sluice erase --table raw.people --where id=7 --yes --confirm raw.people', 'alone, on this machine'],
      ),
    );
}

/** `--where column=value`, several times. The value stays text; the table says what type it is. */
function where(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It is written column=value.');
  const column = text.slice(0, at);
  if (at === text.length - 1) throw new InvalidArgumentError(`The value of ${column} is empty.`);
  if (Object.hasOwn(before, column)) throw new InvalidArgumentError(`"${column}" is given twice.`);
  return { ...before, [column]: text.slice(at + 1) };
}
