import type { Command } from 'commander';
import type { ScheduleOptions, SchedulePauseOptions } from '../commands/schedule';
import { load } from '../load';
import { registerBackfill } from './backfill';
import { param } from './params';
import { examples, type Execute, flagsOf } from './register';

const GOAL = ['<GOAL>', 'a goal’s name'] as const;

/** `schedule FILE`, and what is done with schedules that there are */
export function registerSchedules(program: Command, execute: Execute): void {
  const schedule = program
    .command('schedule')
    .helpGroup('Goals:')
    .description(
      'have a goal run by itself, as its document says: by the clock, on new files, after other goals',
    )
    .argument('<FILE>', 'the goal document (YAML or JSON); a file called like a command below: ./list')
    .option('--param <name=value>', 'a value for a parameter of the goal, in every run (repeatable)', param)
    .action((file: string, options: ScheduleOptions, command: Command) =>
      execute((terminal) => load.schedule().schedule(terminal, file, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice schedule goal.yaml', 'creates its schedule, or shows what has changed and updates it'],
        ['sluice schedule list', 'what runs next'],
        ['sluice schedule pause flights-daily', ''],
        ['sluice schedule backfill flights-daily --from 2026-03-01 --to 2026-03-07', 'runs of past days'],
      ),
    );
  schedule
    .command('list')
    .description('the goals that run by themselves, and when next')
    .action((_options: object, command: Command) =>
      execute((terminal) => load.schedule().scheduleList(terminal), flagsOf(command)),
    );
  schedule
    .command('show')
    .description('one goal: when it ran, when it runs, who has approved what')
    .argument(...GOAL)
    .action((goal: string, _options: object, command: Command) =>
      execute((terminal) => load.schedule().scheduleShow(terminal, goal), flagsOf(command)),
    );
  for (const [name, summary] of [
    ['pause', 'start no more runs, of a backfill neither, until it is resumed; what runs goes on'],
    ['resume', 'start runs again, from the next time on'],
  ] as const) {
    schedule
      .command(name)
      .description(summary)
      .argument(...GOAL)
      .option('--note <text>', 'why, for who looks')
      .action((goal: string, options: SchedulePauseOptions, command: Command) =>
        execute((terminal) => load.schedule().schedulePause(terminal, name, goal, options), flagsOf(command)),
      );
  }
  schedule
    .command('trigger')
    .description('start a run now; parameters are bound from now')
    .argument(...GOAL)
    .action((goal: string, _options: object, command: Command) =>
      execute((terminal) => load.schedule().scheduleTrigger(terminal, goal), flagsOf(command)),
    );
  registerBackfill(schedule, execute);
  schedule
    .command('remove')
    .description('delete the schedule; what runs goes on, and nothing that was loaded changes')
    .argument(...GOAL)
    .action((goal: string, _options: object, command: Command) =>
      execute((terminal) => load.schedule().scheduleRemove(terminal, goal), flagsOf(command)),
    );
}
