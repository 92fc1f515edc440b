import type { Command } from 'commander';
import type { GivenParams } from '../../../capabilities/params';
import type { ApplyOptions } from '../commands/apply';
import type { PlanOptions } from '../commands/plan';
import { load } from '../load';
import { param } from './params';
import { standingOptions } from './standing';
import { collect, examples, type Execute, flagsOf } from './register';

const PARAM = ['--param <name=value>', 'a value for a parameter of the goal (repeatable)', param] as const;
const FULL = ['--full', 'show every statement in full, with the undo’s'] as const;

const RELOAD = [
  '--reload <step>',
  'load the whole source of an ingest step again, whatever was loaded before (repeatable)',
  collect,
] as const;

/** `plan`, `apply` */
export function registerGoals(program: Command, execute: Execute): void {
  program
    .command('plan')
    .helpGroup('Goals:')
    .description('show what a goal would change, rehearsed on a shadow; change nothing')
    .argument('<FILE>', 'the goal document (YAML or JSON)')
    .option(...PARAM)
    .option(...RELOAD)
    .option(...FULL)
    .action((file: string, options: PlanOptions, command: Command) =>
      execute((terminal) => load.plan()(terminal, file, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice plan goal.yaml', ''],
        ['sluice plan goal.yaml --param year=2014 --full', 'with a parameter, and all the SQL'],
        ['sluice plan goal.yaml --json | jq .changes[].title', 'for programs'],
      ),
    );

  standingOptions(
    program
      .command('apply')
      .helpGroup('Goals:')
      .description('propose, rehearse, ask, apply, verify; on failure take everything back')
      .argument('<FILE>', 'the goal document (YAML or JSON)'),
  )
    .option(...PARAM)
    .option(...RELOAD)
    .option('--allow-destructive', 'with --yes: also what destroys, loses or rewrites')
    .option('--beyond', 'also what a model put into the goal and nobody asked for')
    .option(
      '--confirm <relation>',
      'with --yes: repeat the name of a relation that is destroyed or rewritten (repeatable)',
      collect,
    )
    .option('--comment <text>', 'a comment on the decision, for the record')
    .option('--detach', 'do not follow the run once it is decided on')
    .option(...FULL)
    .action((file: string, options: ApplyOptions, command: Command) =>
      execute((terminal) => load.apply()(terminal, file, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice apply goal.yaml', 'shows the proposal and asks'],
        ['sluice apply goal.yaml --yes', 'approves what adds, without asking'],
        ['sluice apply goal.yaml --yes --confirm raw.old', 'approves a drop of raw.old as well'],
        ['sluice apply goal.yaml --reload orders', 'brings back what others changed, and what came late'],
        ['sluice apply goal.yaml --no-input', 'leaves it waiting for others (exit 3)'],
      ),
    );

  program
    .command('diff')
    .helpGroup('Goals:')
    .description('what differs between two environments for the relations of a goal; looks only')
    .argument('<FILE>', 'the goal document (YAML or JSON)')
    .option(...PARAM)
    .action((file: string, options: { param?: GivenParams }, command: Command) =>
      execute((terminal) => load.diff()(terminal, file, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(['sluice diff goal.yaml --env staging --env production', 'exit 0: the same, 1: not']),
    );
}
