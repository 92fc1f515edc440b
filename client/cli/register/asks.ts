import { type Command, InvalidArgumentError } from 'commander';
import type { AskOptions } from '../commands/ask';
import type { AsksOptions } from '../commands/asks';
import type { CostsOptions } from '../commands/costs';
import { load } from '../load';
import { collect, examples, type Execute, flagsOf } from './register';
import type { Budget } from '../../../schemas/ask';

/** `ask`, `asks …`, `recover`, `costs` */
export function registerAsks(program: Command, execute: Execute): void {
  asOf(
    program
      .command('ask')
      .helpGroup('Plain words:')
      .description('plain words become a goal document, which is rehearsed and waits for you as any other')
      .argument('[WORDS...]', 'what you want; "-" reads it from stdin'),
  )
    .option('--plan', 'stop at the proposal: change nothing, leave nothing waiting')
    .option('--out <file>', 'stop at the goal document and write it to a new file')
    .option('--continue <ask>', 'go on with an earlier ask (its id, or last)')
    .action((words: string[], options: AskOptions, command: Command) =>
      execute((terminal) => load.ask().askCommand(terminal, words, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice ask "load flights/*.csv into raw.flights every morning at six"', ''],
        ['sluice ask --out goal.yaml "revenue by region and month"', 'writes the goal document'],
        ['sluice ask --continue last "by week instead"', 'a chat that goes on'],
        ['sluice ask --no-input --json "…"', 'for programs: an open question is exit 3'],
      ),
    );
  asOf(
    program
      .command('recover')
      .helpGroup('Plain words:')
      .description('why a run failed, with evidence, and a new version of its goal that would not')
      .argument('<RUN>', 'the run (its id, the beginning of one, or last)'),
  )
    .option('--plan', 'stop at the proposal')
    .option('--out <file>', 'stop at the goal document and write it to a new file')
    .option('--hint <words>', 'what you know of it')
    .action((run: string, options: AskOptions & { hint?: string }, command: Command) =>
      execute((terminal) => load.ask().recover(terminal, run, options), flagsOf(command)),
    );
  registerList(program, execute);
  program
    .command('costs')
    .helpGroup('Plain words:')
    .description('what the model cost: every attempt, failed and lost ones included')
    .option('--by <group>', 'day, model, role, purpose, ask or by (repeatable)', collect)
    .option('--days <n>', 'so many days back (UTC), today included', whole, 30)
    .option('--day <date>', 'only of this day (UTC), as in 2026-11-27', day)
    .option('--ask <ask>', 'only of this ask')
    .action((options: CostsOptions, command: Command) =>
      execute((terminal) => load.costs().costs(terminal, options), flagsOf(command)),
    );
}

function registerList(program: Command, execute: Execute): void {
  const asks = program
    .command('asks')
    .helpGroup('Plain words:')
    .description('what was asked, and what came of it');
  asks
    .command('list', { isDefault: true })
    .description('the newest, a line each; with ASK the same as show')
    .argument('[ASK]', 'its id, the beginning of one, or last')
    .option('--limit <n>', 'how many at most', whole, 20)
    .action((ask: string | undefined, options: AsksOptions, command: Command) =>
      execute(
        (terminal) =>
          ask === undefined ? load.asks().asksList(terminal, options) : load.asks().asksShow(terminal, ask),
        flagsOf(command),
      ),
    );
  asks
    .command('show')
    .description('one ask: its document, assumptions, questions and cost')
    .argument('<ASK>', 'its id, the beginning of one, or last')
    .action((ask: string, _options: object, command: Command) =>
      execute((terminal) => load.asks().asksShow(terminal, ask), flagsOf(command)),
    );
  asks
    .command('answer')
    .description('answer the open question of an ask')
    .argument('<ASK>', 'its id, the beginning of one, or last')
    .argument('<TEXT>', 'the answer')
    .option('--question <id>', 'which, where several are open')
    .action((ask: string, text: string, options: { question?: string }, command: Command) =>
      execute((terminal) => load.asks().asksAnswer(terminal, ask, text, options), flagsOf(command)),
    );
  asks
    .command('budget')
    .description('more budget for an ask that waits for it')
    .argument('<ASK>', 'its id, the beginning of one, or last')
    .option('--tokens <n>', 'more tokens', whole)
    .option('--seconds <n>', 'more seconds', whole)
    .option('--money <amount>', 'more money, in US dollars', amount)
    .action((ask: string, options: Budget, command: Command) =>
      execute((terminal) => load.asks().asksBudget(terminal, ask, options), flagsOf(command)),
    );
  asks
    .command('cancel')
    .description('end an ask; it has changed nothing')
    .argument('<ASK>', 'its id, the beginning of one, or last')
    .action((ask: string, _options: object, command: Command) =>
      execute((terminal) => load.asks().asksCancel(terminal, ask), flagsOf(command)),
    );
  asks
    .command('forget')
    .description('delete what was said in an ask that has ended; its costs stay')
    .argument('<ASK>', 'its id, the beginning of one, or last')
    .action((ask: string, _options: object, command: Command) =>
      execute((terminal) => load.asks().asksForget(terminal, ask), flagsOf(command)),
    );
}

/** What `ask` and `recover` have in common with `apply`, and their budgets. */
function asOf(command: Command): Command {
  return command
    .option('--allow-destructive', 'with --yes: also what destroys, loses or rewrites')
    .option('--beyond', 'with --yes: also what a model put into the goal and nobody asked for')
    .option(
      '--confirm <relation>',
      'with --yes: repeat the name of a relation that is destroyed or rewritten (repeatable)',
      collect,
    )
    .option('--comment <text>', 'a comment on the decision, for the record')
    .option('--budget-tokens <n>', 'tokens it may use (default: llm.budgets.goal)', whole)
    .option('--budget-seconds <n>', 'seconds of model and tools', whole)
    .option('--budget-money <amount>', 'money, in US dollars', amount)
    .option('--detach', 'do not follow it: sluice asks shows it')
    .option('--full', 'show every statement in full, with the undo’s');
}

function whole(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It is a whole number from 1 on.');
}

function day(text: string): Date {
  const value = new Date(`${text}T00:00:00Z`);
  // Without this the 30th of February would be a day in March.
  if (!Number.isNaN(value.getTime()) && value.toISOString().startsWith(`${text}T`)) return value;
  throw new InvalidArgumentError('It is a day, as in 2026-11-27.');
}

function amount(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It is an amount above 0.');
}
