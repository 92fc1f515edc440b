import type { Command } from 'commander';
import type { CheckOptions, ShowPolicyOptions } from '../commands/policy';
import { load } from '../load';
import { examples, type Execute, flagsOf } from './register';

const FILE = ['[FILE]', 'the policy; default: the nearest sluice.policy.yaml'] as const;

/** `policy test`, `policy check`, `policy show` */
export function registerPolicy(program: Command, execute: Execute): void {
  const policy = program
    .command('policy')
    .helpGroup('Goals:')
    .description('who must approve what: sluice.policy.yaml')
    .addHelpText(
      'after',
      examples(
        ['sluice policy test', 'try the table of cases against the policy'],
        ['sluice policy check --strict', 'valid, and no rule that matches nothing? for CI'],
        ['sluice policy show', 'as it is understood'],
      ),
    );
  policy
    .command('test')
    .description('try the policy’s cases (and those of *.policy-test.yaml beside it); exit 1 when one fails')
    .argument('[FILE]', 'the policy or a table of cases; default: the nearest sluice.policy.yaml')
    .action((file: string | undefined, _options: object, command: Command) =>
      execute((terminal) => load.policy().policyTest(terminal, file), flagsOf(command)),
    );
  policy
    .command('check')
    .description('say whether the policy is valid, and which rules match nothing')
    .argument(...FILE)
    .option('--strict', 'exit 1 when there is a warning')
    .action((file: string | undefined, options: CheckOptions, command: Command) =>
      execute((terminal) => load.policy().policyCheck(terminal, file, options), flagsOf(command)),
    );
  policy
    .command('show')
    .description('print the policy as it is understood')
    .argument(...FILE)
    .option('--cedar', 'as Cedar evaluates it')
    .action((file: string | undefined, options: ShowPolicyOptions, command: Command) =>
      execute((terminal) => load.policy().policyShow(terminal, file, options), flagsOf(command)),
    );
}
