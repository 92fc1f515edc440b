import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import type { AskGround } from '../../../activities/ask/bundle';
import type { Bundle } from '../../../activities/services';
import type { GivenParams } from '../../../capabilities/params';
import { assertScope } from '../../../governance/identity/subject';
import type { AskDocument, AskInput, Budget } from '../../../schemas/ask';
import { ERROR_CODES, fail } from '../../../schemas/errors';
import { readAsk } from '../../core/asks/document';
import { findAsk } from '../../core/asks/find';
import { groundOf, startAsk } from '../../core/asks/start';
import { goalName } from '../../core/bundle';
import { findRun } from '../../core/runs/find';
import type { Link } from '../../core/stack';
import { callerAt } from '../caller';
import { converse } from '../converse';
import { INTERRUPTED } from '../exit-code';
import { asTyped } from '../invocation';
import { ask as prompt } from '../prompt';
import { goalText, renderAsk } from '../render/ask';
import { renderProblem } from '../render/problem';
import type { CommandResult, Terminal } from '../terminal';
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

/**
 * `sluice ask "…"`: plain words become a goal document; from there it is the life of a run as always. Without words, at a
 * terminal, it is a chat: each line goes on from what came of the one before.
 */
export async function askCommand(
  terminal: Terminal,
  words: readonly string[],
  options: AskOptions,
): Promise<CommandResult> {
  const { cwd, stdin } = terminal.surroundings;
  assertFree(terminal, options);
  const given = words.length === 1 && words[0] === '-' ? await textOf(stdin) : words.join(' ');
  const ground = await groundOf(cwd, terminal.environment());
  return withLink(terminal, async (link) => {
    const previous =
      options.continue === undefined ? undefined : (await findAsk(link.store, options.continue)).askId;
    if (words.length === 0 && terminal.interactive) return chat(terminal, link, ground, previous, options);
    return asking(terminal, link, ground, goingOn(given, previous), options);
  });
}

/** Until nothing is said any more; the result is that of the last thing that was. */
async function chat(
  terminal: Terminal,
  link: Link,
  ground: AskGround,
  previous: string | undefined,
  options: AskOptions,
): Promise<CommandResult> {
  let last: CommandResult = { document: {}, text: '', exitCode: 0 };
  for (let before = previous; ;) {
    const said = await prompt(
      terminal,
      before === previous ? 'What do you want? ' : 'And now? (nothing ends it) ',
    );
    if (said === undefined || said.trim() === '') return last;
    const result = await asking(terminal, link, ground, goingOn(said, before), options);
    if (!terminal.json && result.text !== '') terminal.surroundings.stdout.write(`${result.text}\n`);
    if (result.problem) terminal.say(renderProblem(result.problem, terminal.err));
    // It has been shown: at the end only how it ended is left to tell.
    last = { ...result, text: '', problem: undefined };
    before = (result.document as AskDocument).askId;
    if (result.exitCode === INTERRUPTED || options.detach || options.out !== undefined) return last;
  }
}

const goingOn = (text: string, previous: string | undefined): Wanted => ({
  text,
  ...(previous === undefined ? {} : { previous }),
});

/** A goal document that has `ask:` instead of `steps:`, planned or applied. */
export async function askFile(
  terminal: Terminal,
  file: string,
  options: AskOptions & { param?: GivenParams },
): Promise<CommandResult> {
  const name = await goalName(file);
  if (name !== undefined) terminal.about.goal = name;
  const { text, head, ground } = await readAsk(file, options.param, terminal.environment());
  return withLink(terminal, (link) => asking(terminal, link, ground, { text, head }, options));
}

/** `sluice recover RUN`: why it failed, and a new version of its goal that would not. */
export async function recover(
  terminal: Terminal,
  wanted: string,
  options: AskOptions & { hint?: string },
): Promise<CommandResult> {
  const { hint } = options;
  assertFree(terminal, options);
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
    await writeGoal(path.resolve(terminal.surroundings.cwd, options.out), document.document);
    const text = `Written to ${options.out}: look at it, then sluice apply ${options.out}.`;
    terminal.say(asTyped(text, terminal.surroundings.command));
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

function ended(terminal: Terminal, document: AskDocument, exitCode?: number): CommandResult {
  const { error } = document;
  return {
    document,
    text: renderAsk(document, terminal.out),
    exitCode: exitCode ?? (error ? ERROR_CODES[error.code].exit : 0),
    problem: error,
  };
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

/** Said before a model is asked and paid. */
function assertFree({ surroundings: { cwd } }: Terminal, { out }: AskOptions): void {
  if (out === undefined) return;
  const file = path.resolve(cwd, out);
  if (!existsSync(path.dirname(file))) {
    throw fail('usage', `There is no folder ${path.dirname(file)} to write ${path.basename(file)} into.`, {
      next: 'Make it, or name a folder that is there.',
      place: out,
    });
  }
  if (!existsSync(file)) return;
  throw fail('usage', `${out} is there already; it would not be written over.`, {
    next: 'Name a file that is not there yet.',
    place: out,
  });
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
