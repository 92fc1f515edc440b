import type { Command } from 'commander';
import { load } from '../load';
import { examples, type Execute, flagsOf } from './register';

/** `secret set`, `secret generate`, `secret list`, `secret remove` */
export function registerSecrets(program: Command, execute: Execute): void {
  const secret = program
    .command('secret')
    .helpGroup('The stack:')
    .description('passwords and keys, referred to as secret://NAME')
    .addHelpText(
      'after',
      examples(
        ['sluice secret set crm_password', 'asks for the value, unseen'],
        ['vault read -field=pw crm | sluice secret set crm_password', ''],
      ),
    );
  secret
    .command('set')
    .description('set a secret from stdin, or from what is typed, unseen')
    .argument('<NAME>', 'as in secret://NAME')
    .action((name: string, _options: object, command: Command) =>
      execute((terminal) => load.secret().secretSet(terminal, name), flagsOf(command)),
    );
  secret
    .command('generate')
    .description('set a secret to 32 random bytes: a key for `encryption`, a token')
    .argument('<NAME>', 'as in secret://NAME')
    .action((name: string, _options: object, command: Command) =>
      execute((terminal) => load.secret().secretGenerate(terminal, name), flagsOf(command)),
    );
  secret
    .command('list')
    .description('names and times; never values')
    .action((_options: object, command: Command) =>
      execute((terminal) => load.secret().secretList(terminal), flagsOf(command)),
    );
  secret
    .command('remove')
    .description('delete a secret')
    .argument('<SECRET>', 'its name')
    .action((name: string, _options: object, command: Command) =>
      execute((terminal) => load.secret().secretRemove(terminal, name), flagsOf(command)),
    );
}
