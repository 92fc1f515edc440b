import type { Command } from 'commander';
import type { StandingListOptions, StandingRevokeOptions } from '../commands/standing';
import { load } from '../load';
import { bound, duration } from './params';
import { examples, type Execute, flagsOf } from './register';

/** What `apply` and `approve` take to let later runs of the same kind go on without a person. */
export function standingOptions(command: Command): Command {
  return command
    .option('--standing', 'approve later runs of the goal, too, as long as they are more of the same')
    .option('--expires <duration>', 'with --standing: for so long (default: 30d)', duration)
    .option('--max-rows <n>', 'with --standing: rows that one run may change', bound)
    .option('--max-bytes <n>', 'with --standing: bytes that one run may come to, as estimated', bound)
    .option('--max-seconds <n>', 'with --standing: seconds that one run may take, as estimated', bound)
    .option('--max-quarantine <n>', 'with --standing: rows that one run may set aside', bound);
}

/** `standing list`, `standing revoke` */
export function registerStanding(program: Command, execute: Execute): void {
  const standing = program
    .command('standing')
    .helpGroup('Goals:')
    .description('standing approvals: which goals may repeat without a person')
    .addHelpText(
      'after',
      examples(
        ['sluice approve last --standing --expires 90d', 'grants one'],
        ['sluice standing list', ''],
        ['sluice standing revoke flights-daily', 'all of a goal; or one, by its id'],
      ),
    );
  standing
    .command('list')
    .description('who approved what, in which bounds, until when')
    .option('--goal <name>', 'only of this goal')
    .option('--all', 'also what has expired or was revoked')
    .action((options: StandingListOptions, command: Command) =>
      execute((terminal) => load.standing().standingList(terminal, options), flagsOf(command)),
    );
  standing
    .command('revoke')
    .description(
      'end a standing approval, at once: a run that is under way does not apply another step by it',
    )
    .argument('<STANDING>', 'its id (8 characters or more), or the goal')
    .option(
      '--by <name>',
      'who revokes it, unverified (default: whoever is signed in, else the user of this machine)',
    )
    .action((which: string, options: StandingRevokeOptions, command: Command) =>
      execute((terminal) => load.standing().standingRevoke(terminal, which, options), flagsOf(command)),
    );
}
