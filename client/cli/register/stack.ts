import { type Command, InvalidArgumentError } from 'commander';
import { onTerminal } from '../commands/stack';
import { load } from '../load';
import { examples, type Execute, flagsOf } from './register';

/** `up`, `down`, `status`, `doctor` */
export function registerStack(program: Command, execute: Execute): void {
  const add = (name: 'down' | 'status' | 'doctor', summary: string): Command =>
    program
      .command(name)
      .helpGroup('The stack:')
      .description(summary)
      .action((_options: object, command: Command) =>
        execute((terminal) => onTerminal(terminal, load[name]()), flagsOf(command)),
      );

  up(program, execute);
  add('down', 'stop the stack; its data is kept');
  add('status', 'what runs and where: addresses, process ids, the warehouse’s URL').addHelpText(
    'after',
    examples(
      ['sluice status', ''],
      ['psql "$(sluice status --json | jq -r .postgres.readUrl)"', 'look into the local warehouse'],
      ['psql "$(sluice status --json | jq -r .postgres.url)"', 'the same as the role that writes'],
    ),
  );
  add('doctor', 'check each part, and say how to mend what is wrong');
}

interface UpFlags {
  cluster?: boolean;
  workers?: number;
}

function up(program: Command, execute: Execute): void {
  program
    .command('up')
    .helpGroup('The stack:')
    .description('start the stack of this machine: PostgreSQL, Temporal and a worker')
    .option('--cluster', 'Temporal on PostgreSQL and three workers, as in production')
    .option('--no-cluster', 'back to the dev server and one worker')
    .option('--workers <N>', 'with --cluster: how many workers', workersOf)
    .action(({ cluster, workers }: UpFlags, command: Command) => {
      if (workers !== undefined && cluster !== true)
        throw new InvalidArgumentError('--workers is for --cluster.');
      const clusterWorkers = cluster === undefined ? undefined : cluster ? (workers ?? CLUSTER_WORKERS) : 0;
      return execute((terminal) => onTerminal(terminal, load.up(), { clusterWorkers }), flagsOf(command));
    })
    .addHelpText(
      'after',
      examples(
        ['sluice up', 'start it, or find it running'],
        ['sluice up --cluster', 'the same parts as a cluster has; it stays one until --no-cluster'],
        ['SLUICE_HOME=/srv/b sluice up', 'a second stack, beside the first'],
      ),
    );
}

const CLUSTER_WORKERS = 3;

function workersOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 16) return count;
  throw new InvalidArgumentError('It is a whole number from 1 to 16.');
}
