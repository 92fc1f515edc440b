import type { Command } from 'commander';
import type { LoginOptions } from '../commands/login';
import type { TokenCreateOptions } from '../commands/token';
import type { UserAddOptions, UserRoleOptions } from '../commands/user';
import { load } from '../load';
import { collect, examples, type Execute, flagsOf } from './register';

const GROUP = 'People:';
const NAME = ['<NAME>', 'the user’s name: ann, ann@example.com'] as const;
const IDENTITY = ['<IDENTITY>', 'ISSUER#SUB, as sluice whoami shows it'] as const;

/** `login`, `logout`, `whoami`, `user …`, `token …` */
export function registerIdentity(program: Command, execute: Execute): void {
  program
    .command('login')
    .helpGroup(GROUP)
    .description('sign in, so that decisions are verified to be yours')
    .option('--oidc [issuer]', 'sign in with a browser at an issuer of sluice.config.yaml')
    .option('--token-stdin', 'take a token, or an id token of an issuer, from stdin')
    .action((options: LoginOptions, command: Command) =>
      execute((terminal) => load.login().login(terminal, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice login', 'asks for a token, unseen'],
        ['pass sluice | sluice login --token-stdin', ''],
        ['SLUICE_TOKEN=… sluice approve last', 'for one command, without signing in'],
      ),
    );
  program
    .command('logout')
    .helpGroup(GROUP)
    .description('forget what login kept')
    .action((_options: object, command: Command) =>
      execute((terminal) => load.login().logout(terminal), flagsOf(command)),
    );
  program
    .command('whoami')
    .helpGroup(GROUP)
    .description('as whom a decision would be counted, and how that is known')
    .action((_options: object, command: Command) =>
      execute((terminal) => load.login().whoami(terminal), flagsOf(command)),
    );
  registerUsers(program, execute);
  registerTokens(program, execute);
}

function registerUsers(program: Command, execute: Execute): void {
  const user = program
    .command('user')
    .helpGroup(GROUP)
    .description('local users, their roles and their identities elsewhere')
    .addHelpText(
      'after',
      examples(
        ['sluice user add ann --role dba', ''],
        [
          'sluice user add ann --oidc https://id.example.com#248289',
          'signed in either way, ann is one person',
        ],
      ),
    );
  user
    .command('add')
    .description('add a user')
    .argument(...NAME)
    .option('--role <role>', 'a role that policy may ask for (repeatable)', collect)
    .option('--oidc <identity>', 'ISSUER#SUB: who signs in there with it is this user (repeatable)', collect)
    .action((name: string, options: UserAddOptions, command: Command) =>
      execute((terminal) => load.user().userAdd(terminal, name, options), flagsOf(command)),
    );
  user
    .command('list')
    .description('names, roles, identities')
    .action((_options: object, command: Command) =>
      execute((terminal) => load.user().userList(terminal), flagsOf(command)),
    );
  user
    .command('role')
    .description('give roles to a user, or take them away')
    .argument(...NAME)
    .option('--add <role>', 'give it (repeatable)', collect)
    .option('--remove <role>', 'take it away (repeatable)', collect)
    .action((name: string, options: UserRoleOptions, command: Command) =>
      execute((terminal) => load.user().userRole(terminal, name, options), flagsOf(command)),
    );
  const linking = (verb: 'link' | 'unlink', summary: string): Command =>
    user
      .command(verb)
      .description(summary)
      .argument(...NAME)
      .argument(...IDENTITY)
      .action((name: string, identity: string, _options: object, command: Command) => {
        const run = verb === 'link' ? load.user().userLink : load.user().userUnlink;
        return execute((terminal) => run(terminal, name, identity), flagsOf(command));
      });
  linking('link', 'an identity of an issuer is this user from now on');
  linking('unlink', 'an identity is this user no more');
  user
    .command('remove')
    .description('remove a user; their tokens end')
    .argument(...NAME)
    .action((name: string, _options: object, command: Command) =>
      execute((terminal) => load.user().userRemove(terminal, name), flagsOf(command)),
    );
}

function registerTokens(program: Command, execute: Execute): void {
  const token = program
    .command('token')
    .helpGroup(GROUP)
    .description('tokens of local users: shown once, kept as hashes')
    .addHelpText(
      'after',
      examples(
        ['sluice token create --user ann', ''],
        ['sluice token create --user ci --scope run,read --expires 90d', 'for a program that may not decide'],
      ),
    );
  token
    .command('create')
    .description('make a token and print it, this once')
    .requiredOption('--user <name>', 'whose it is')
    .option('--scope <scopes>', 'for what: of decide, run, read, admin (default: decide,run,read)')
    .option('--expires <duration>', 'how long it is good for: 12h, 30d; a year at most', '30d')
    .option('--note <text>', 'what it is for')
    .action((options: TokenCreateOptions, command: Command) =>
      execute((terminal) => load.token().tokenCreate(terminal, options), flagsOf(command)),
    );
  token
    .command('list')
    .description('whose, for what, until when, when last used; never the tokens')
    .option('--user <name>', 'only of this user')
    .action((options: { user?: string }, command: Command) =>
      execute((terminal) => load.token().tokenList(terminal, options), flagsOf(command)),
    );
  token
    .command('revoke')
    .description('end a token now')
    .argument('<ID>', 'as token list shows it')
    .action((id: string, _options: object, command: Command) =>
      execute((terminal) => load.token().tokenRevoke(terminal, id), flagsOf(command)),
    );
}
