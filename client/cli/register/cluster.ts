import { type Command, InvalidArgumentError } from 'commander';
import { load } from '../load';
import { examples, type Execute, flagsOf } from './register';

/** `worker`, `deploy list`, `deploy set-current`, `deploy ramp` */
export function registerCluster(program: Command, execute: Execute): void {
  program
    .command('worker')
    .helpGroup('The stack:')
    .description('run a worker in the foreground, as a container does; SIGTERM stops it')
    .action((_options: object, command: Command) =>
      execute((terminal) => load.worker()(terminal), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice worker', 'serves every queue'],
        ['SLUICE_QUEUES=heavy SLUICE_MAX_HEAVY=4 sluice worker', 'only loads, applies and rehearsals'],
        ['SLUICE_DEPLOYMENT=sluice sluice worker', 'as a version, which gets runs when it is current'],
      ),
    );
  const deploy = program
    .command('deploy')
    .helpGroup('The stack:')
    .description('which version of the workers gets runs')
    .addHelpText(
      'after',
      examples(
        ['sluice deploy list', 'versions, and which are drained'],
        ['sluice deploy ramp 295c816379f7 10', 'a tenth of the runs to a new build'],
        ['sluice deploy set-current', 'all of them to the build of this program'],
      ),
    );
  deploy
    .command('list')
    .description('the versions, and where runs go')
    .action((_options: object, command: Command) =>
      execute((terminal) => load.deploy().deployList(terminal), flagsOf(command)),
    );
  deploy
    .command('set-current')
    .description('give new runs, and those that wait, to a build')
    .argument('[BUILD]', 'default: the build of this program')
    .action((build: string | undefined, _options: object, command: Command) =>
      execute((terminal) => load.deploy().deploySetCurrent(terminal, build), flagsOf(command)),
    );
  deploy
    .command('ramp')
    .description('give a part of the runs to a build; 0 ends it')
    .argument('<BUILD>', 'as `deploy list` shows it')
    .argument('<PERCENT>', 'from 0 to 100', percent)
    .action((build: string, percentage: number, _options: object, command: Command) =>
      execute((terminal) => load.deploy().deployRamp(terminal, build, percentage), flagsOf(command)),
    );
}

function percent(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError('It is a number from 0 to 100.');
}
