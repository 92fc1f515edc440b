import { type Command, Option } from 'commander';
import type { BackfillOptions } from '../commands/backfill';
import { load } from '../load';
import { examples, type Execute, flagsOf } from './register';

/** `schedule backfill GOAL`, and what is done with backfills that there are */
export function registerBackfill(schedule: Command, execute: Execute): void {
  const backfill = schedule
    .command('backfill')
    .description('start the runs of a past span of time; shows them and asks, at a terminal')
    .argument('<GOAL>', 'a goal’s name')
    .option('--from <day>', 'the first day (in the schedule’s time zone), or an instant')
    .option('--to <day>', 'the last day, inclusive, or an instant')
    .option('--dry-run', 'show which runs there would be, and what each would get')
    .addOption(
      new Option('--overlap <policy>', 'buffer_all: one after the other; allow_all: five side by side')
        .choices(['buffer_all', 'allow_all'])
        .default('buffer_all'),
    )
    .action((goal: string, options: BackfillOptions, command: Command) =>
      execute((terminal) => load.backfill().scheduleBackfill(terminal, goal, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice schedule backfill flights-daily --from 2026-03-01 --to 2026-03-07', ''],
        ['sluice schedule backfill cancel flights-daily', 'start no more of its runs'],
      ),
    );
  backfill
    .command('list')
    .description('backfills that go on, and the last one of each goal')
    .action((_options: object, command: Command) =>
      execute((terminal) => load.backfill().scheduleBackfillList(terminal), flagsOf(command)),
    );
  backfill
    .command('cancel')
    .description('start no more runs of a goal’s backfill; what runs goes on')
    .argument('<GOAL>', 'a goal’s name')
    .action((goal: string, _options: object, command: Command) =>
      execute((terminal) => load.backfill().scheduleBackfillCancel(terminal, goal), flagsOf(command)),
    );
}
