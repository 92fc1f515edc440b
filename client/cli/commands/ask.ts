import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AskGround } from '../../../activities/ask/bundle';
import type { Bundle } from '../../../activities/services';
import { checkAsk } from '../../../capabilities/ask-document';
import type { GivenParams } from '../../../capabilities/params';
import { assertScope } from '../../../governance/identity/subject';
import type { AskDocument, AskInput, Budget, Question } from '../../../schemas/ask';
import { ERROR_CODES, fail } from '../../../schemas/errors';
import { answerAsk, cancelAsk, grantBudget } from '../../core/asks/act';
import { findAsk } from '../../core/asks/find';
import { groundOf, startAsk } from '../../core/asks/start';
import { readDocument } from '../../core/document';
import { findRun } from '../../core/runs/find';
import type { Link } from '../../core/stack';
import { callerAt } from '../caller';
import { INTERRUPTED } from '../exit-code';
import { ask as prompt } from '../prompt';
import { goalText, questionLines, renderAsk } from '../render/ask';
import type { CommandResult, Terminal } from '../terminal';
import { watchAsk, type WatchedAsk } from '../watch-ask';
import { withLink } from '../with-link';
import { applyBundle, type ApplyOptions } from './apply';
import { planBundle } from './plan';

export interface AskOptions extends ApplyOptions {
  /** Stop at the proposal. */
  plan?: boolean;
  /** Stop at the document and write it there. */
  out?: string;
  continue?: string;
  budgetTokens?: number;
  budgetSeconds?: number;
  budgetMoney?: number;
}

type Wanted = Omit<AskInput, 'bundle'>;

/** `sluice ask "…"`: plain words become a goal document; from there it is the life of a run as always. */
export async function askCommand(
  terminal: Terminal,
  words: readonly string[],
  options: AskOptions,
): Promise<CommandResult> {
  const text = await wordsOf(terminal, words);
  const ground = await groundOf(terminal.surroundings.cwd, terminal.environment());
  return withLink(terminal, async (link) => {
    const previous =
      options.continue === undefined ? undefined : (await findAsk(link.store, options.continue)).askId;
    return asking(terminal, link, ground, { text, ...(previous === undefined ? {} : { previous }) }, options);
  });
}

/** A goal document that has `ask:` instead of `steps:`, planned or applied. */
export async function askFile(
  terminal: Terminal,
  file: string,
  options: AskOptions & { param?: GivenParams },
): Promise<CommandResult> {
  const { value } = await readDocument(file);
  const { text, head } = checkAsk(value as Record<string, unknown>, options.param);
  if (typeof head.goal === 'string') terminal.about.goal = head.goal;
  const ground = await groundOf(path.dirname(path.resolve(file)), terminal.environment());
  return withLink(terminal, (link) => asking(terminal, link, ground, { text, head }, options));
}

/** `sluice recover RUN`: why it failed, and a new version of its goal that would not. */
export async function recover(
  terminal: Terminal,
  wanted: string,
  options: AskOptions & { hint?: string },
): Promise<CommandResult> {
  const { hint } = options;
  return withLink(terminal, async (link) => {
    const run = await findRun(link, wanted);
    if (!run.row)
      throw fail('not_found', `The run ${run.runId} was not admitted: there is nothing to recover.`, {
        next: `Correct what \`sluice show ${run.runId}\` says, and run the goal again.`,
      });
    const {
      goal: _goal,
      files: _files,
      asked: _asked,
      ...ground
    } = await link.store.artifacts.getJson<Bundle>(run.row.bundle);
    const text = `Recover the run ${run.runId} of the goal ${run.goal}.${hint === undefined ? '' : ` ${hint}`}`;
    return asking(terminal, link, ground, { text, recovers: { runId: run.runId, attempt: 1 } }, options);
  });
}

async function asking(
  terminal: Terminal,
  link: Link,
  ground: AskGround,
  wanted: Wanted,
  options: AskOptions,
): Promise<CommandResult> {
  const caller = await callerAt(terminal, link, 'run', 'asking');
  if (terminal.yes) assertScope(caller, 'decide', 'a decision');
  const budget = budgetOf(options);
  const askId = await startAsk(link, ground, {
    ...wanted,
    ...(budget ? { budget } : {}),
    by: caller.by,
    interactive: terminal.interactive || options.detach === true,
  });
  if (options.detach) {
    return { document: { askId }, text: `${askId} is being worked on: sluice asks ${askId}`, exitCode: 0 };
  }
  const { document, interrupted } = await converse(terminal, link, askId, caller.by);
  if (interrupted) return ended(terminal, document, INTERRUPTED);
  if (document.status !== 'answered') return ended(terminal, document);
  if (options.out !== undefined && document.document) {
    await writeGoal(options.out, document.document);
    terminal.say(`Written to ${options.out}: look at it, then sluice apply ${options.out}.`);
    return ended(terminal, document);
  }
  if (document.bundle === undefined) return ended(terminal, document);
  if (!terminal.json || terminal.interactive) terminal.say(`${renderAsk(document, terminal.err)}\n`);
  const bundle = await link.store.artifacts.getJson<Bundle>(document.bundle);
  terminal.about.goal = bundle.goal.goal;
  const result = options.plan
    ? await planBundle(terminal, link, bundle, options)
    : await applyBundle(terminal, link, bundle, options);
  return { ...result, document: { ...document, run: result.document } };
}

/** Follows an ask, and asks back whatever it asks, until it has ended. */
async function converse(terminal: Terminal, link: Link, askId: string, by: string): Promise<WatchedAsk> {
  let seq = 0;
  for (;;) {
    const watched = await watchAsk(terminal, link, askId, seq);
    ({ seq } = watched);
    if (watched.ended) return watched;
    const [question] = watched.document.questions;
    const said =
      watched.document.status === 'asking' && question
        ? await answerFor(terminal, question)
        : await prompt(terminal, 'The budget is used up. More tokens (a number; nothing ends it): ');
    if (said === undefined || said.trim() === '') {
      await cancelAsk(link, askId);
      const { document } = await watchAsk(terminal, link, askId, seq);
      return { document, ended: true, seq, interrupted: said === undefined };
    }
    if (watched.document.status === 'asking' && question)
      await answerAsk(link, askId, { questionId: question.id, text: said, by });
    else await grantBudget(link, askId, { tokens: Number(said), by });
  }
}

/** The number of an option stands for its text; nothing for what is assumed without an answer. */
async function answerFor(terminal: Terminal, question: Question): Promise<string | undefined> {
  terminal.say(questionLines(question, terminal.err).join('\n'));
  const said = await prompt(terminal, 'Answer: ');
  if (said === undefined) return undefined;
  if (said.trim() === '') return question.default;
  const option = question.options?.[Number(said.trim()) - 1];
  return option ?? said;
}

function ended(terminal: Terminal, document: AskDocument, exitCode?: number): CommandResult {
  const { error } = document;
  return {
    document,
    text: renderAsk(document, terminal.out),
    exitCode: exitCode ?? (error ? ERROR_CODES[error.code].exit : 0),
    problem: error,
  };
}

/** The words of the command line; `-` and no terminal: of stdin; none on a terminal: asked for. */
async function wordsOf(terminal: Terminal, words: readonly string[]): Promise<string> {
  if (words.length === 1 && words[0] === '-') return readFile('/dev/stdin', 'utf8');
  const text = words.join(' ');
  if (text.trim() !== '' || !terminal.interactive) return text;
  return (await prompt(terminal, 'What do you want? ')) ?? '';
}

function budgetOf({
  budgetTokens: tokens,
  budgetSeconds: seconds,
  budgetMoney: money,
}: AskOptions): Budget | undefined {
  if (tokens === undefined && seconds === undefined && money === undefined) return undefined;
  return {
    ...(tokens === undefined ? {} : { tokens }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(money === undefined ? {} : { money }),
  };
}

async function writeGoal(file: string, document: Record<string, unknown>): Promise<void> {
  try {
    await writeFile(file, goalText(document), { flag: 'wx' });
  } catch (cause) {
    throw fail(
      'permission_denied',
      `${file} cannot be written (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}).`,
      {
        next: 'Name a file that is not there yet, in a folder that may be written.',
        cause,
      },
    );
  }
}
