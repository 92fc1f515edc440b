import type { Command } from 'commander';
import { load } from '../load';
import { examples, type Execute, flagsOf } from './register';

/** `up`, `down`, `status`, `doctor` */
export function registerStack(program: Command, execute: Execute): void {
  const add = (name: 'up' | 'down' | 'status' | 'doctor', summary: string): Command =>
    program
      .command(name)
      .helpGroup('The stack:')
      .description(summary)
      .action((_options: object, command: Command) =>
        execute((terminal) => load.stack()[name](terminal), flagsOf(command)),
      );

  add('up', 'start the stack of this machine: PostgreSQL, Temporal and a worker').addHelpText(
    'after',
    examples(
      ['sluice up', 'start it, or find it running'],
      ['SLUICE_HOME=/srv/b sluice up', 'a second stack, beside the first'],
    ),
  );
  add('down', 'stop the stack; its data is kept');
  add('status', 'what runs and where: addresses, process ids, the warehouse’s URL').addHelpText(
    'after',
    examples(
      ['sluice status', ''],
      ['psql "$(sluice status --json | jq -r .postgres.url)"', 'open the local warehouse'],
    ),
  );
  add('doctor', 'check each part, and say how to mend what is wrong');
}
