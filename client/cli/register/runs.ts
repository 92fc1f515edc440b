import { type Command, Option } from 'commander';
import { RUN_STATUSES } from '../../../schemas/run';
import type { ApproveOptions } from '../commands/approve';
import type { RunsOptions } from '../commands/runs';
import type { ShowOptions } from '../commands/show';
import type { UndoFlags } from '../commands/undo';
import type { DecideOptions } from '../decide-run';
import { load } from '../load';
import { positive } from './params';
import { standingOptions } from './standing';
import { collect, examples, type Execute, flagsOf } from './register';

const RUN = ['<RUN>', 'a run’s id, the beginning of one, or "last"'] as const;
const GROUP = 'Runs:';

/** `runs`, `show`, `approve`, `reject`, `undo`, `cancel`, `retry`, `pause`, `resume` */
export function registerRuns(program: Command, execute: Execute): void {
  program
    .command('runs')
    .helpGroup(GROUP)
    .description('list the newest runs')
    .option('--goal <name>', 'only runs of this goal')
    .addOption(new Option('--status <status>', 'only runs with this status').choices(RUN_STATUSES))
    .option('--mine', 'only runs that you started')
    .option('--limit <n>', 'at most so many', positive, 20)
    .action((options: RunsOptions, command: Command) =>
      execute((terminal) => load.runs()(terminal, options, load.stillGoing), flagsOf(command)),
    )
    .addHelpText('after', examples(['sluice runs --status waiting', 'what waits for a decision']));

  program
    .command('show')
    .helpGroup(GROUP)
    .description('show a run; of one that waits, what it proposes')
    .argument(...RUN)
    .option('--full', 'with its proposal, every statement and every check')
    .action((run: string, options: ShowOptions, command: Command) =>
      execute((terminal) => load.show()(terminal, run, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(['sluice show last', ''], ['sluice show flights-daily-20130131 --json', '']),
    );

  registerDecisions(program, execute);
  registerSteering(program, execute);
}

function registerDecisions(program: Command, execute: Execute): void {
  const decision = (name: string, summary: string): Command =>
    program
      .command(name)
      .helpGroup(GROUP)
      .description(summary)
      .argument(...RUN)
      .option('--by <name>', 'who decides (default: the user of this machine)')
      .option('--comment <text>', 'why, for the record')
      .option(
        '--digest <digest>',
        'of the proposal that was read (8 characters or more): another one is not decided on',
      )
      .option('--no-wait', 'do not follow the run');

  standingOptions(decision('approve', 'approve what a run proposes, and follow it'))
    .option('--allow-destructive', 'stand for both approvers of what destroys, loses or rewrites')
    .option('--beyond', 'also what a model put into the goal and nobody asked for')
    .option('--confirm <relation>', 'the same, by repeating the name of a relation (repeatable)', collect)
    .action((run: string, options: ApproveOptions, command: Command) =>
      execute((terminal) => load.approve()(terminal, run, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice approve last', 'shows the proposal and asks, at a terminal'],
        ['sluice approve RUN --digest 3f2a91c4', 'only if it is still that proposal'],
        ['sluice approve last --standing --expires 90d --max-rows 1_000_000', 'and later runs of its kind'],
      ),
    );
  decision('reject', 'reject what a run proposes').action(
    (run: string, options: DecideOptions, command: Command) =>
      execute((terminal) => load.reject()(terminal, run, options), flagsOf(command)),
  );
}

function registerSteering(program: Command, execute: Execute): void {
  const steer = (name: 'cancel' | 'retry' | 'pause' | 'resume', summary: string): Command =>
    program
      .command(name)
      .helpGroup(GROUP)
      .description(summary)
      .argument(...RUN)
      .action((run: string, _options: object, command: Command) =>
        execute((terminal) => load[name]()(terminal, run), flagsOf(command)),
      );

  program
    .command('undo')
    .helpGroup(GROUP)
    .description('take back what a run did: all of it, or nothing')
    .argument('[RUN]', 'a run’s id, the beginning of one, or "last" for your newest that changed something')
    .option('--plan', 'only show what would be taken back')
    .option('--to <run>', 'take back this run and every one since that changed something, the newest first')
    .action((run: string | undefined, options: UndoFlags, command: Command) =>
      execute((terminal) => load.undo()(terminal, run, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice undo last', 'shows what it takes back and asks, at a terminal'],
        ['sluice undo RUN --plan', 'what it would take back, and who would have to approve that'],
        ['sluice undo --to RUN', 'everything since, the newest first'],
      ),
    );
  steer('cancel', 'end a run that is under way and take back what it has applied');
  steer('retry', 'have a held run try again what failed');
  steer('pause', 'let no further step of a run start; what runs finishes');
  steer('resume', 'let a paused run go on');
}
