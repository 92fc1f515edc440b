import Table from 'cli-table3';
import type { AskDocument, Budget } from '../../../schemas/ask';
import type { AskRow } from '../../../store/asks/asks';
import { fail } from '../../../schemas/errors';
import { answerAsk, cancelAsk, grantBudget } from '../../core/asks/act';
import { findAsk } from '../../core/asks/find';
import { lookAtAsk, nothingOf } from '../../core/asks/look';
import { callerAt } from '../caller';
import { renderAsk } from '../render/ask';
import { moment } from '../render/numbers';
import { NO_LINES } from '../render/runs-table';
import { plainDeep } from '../render/style';
import type { CommandResult, Terminal } from '../terminal';
import { withLink } from '../with-link';
import { withStore } from '../with-store';

export interface AsksOptions {
  limit: number;
}

/** `sluice asks`: the newest, a line each; `--json` gives `{asks: […]}`. */
export function asksList(terminal: Terminal, { limit }: AsksOptions): Promise<CommandResult> {
  return withStore(terminal, async ({ store }) => {
    const rows = await store.asks.list({ limit });
    return { document: { asks: rows.map(listing) }, text: table(rows, terminal), exitCode: 0 };
  });
}

/** `sluice asks show ASK`: what came of it, as far as it is. */
export function asksShow(terminal: Terminal, wanted: string): Promise<CommandResult> {
  return withLink(terminal, async (link) => {
    const row = await findAsk(link.store, wanted);
    const look = row.document ? undefined : await lookAtAsk(link, row.askId);
    const document: AskDocument =
      row.document ??
      (look && look.kind !== 'silent' ? look.document : { ...nothingOf(row.askId), by: row.by });
    return {
      document,
      text: [`“${plainDeep(row.words)}”`, renderAsk(document, terminal.out)].join('\n'),
      exitCode: 0,
    };
  });
}

/** `sluice asks answer ASK TEXT`: answers its open question. */
export function asksAnswer(
  terminal: Terminal,
  wanted: string,
  text: string,
  options: { question?: string },
): Promise<CommandResult> {
  return withLink(terminal, async (link) => {
    const { by } = await callerAt(terminal, link, 'run', 'answering');
    const { askId } = await findAsk(link.store, wanted);
    const look = await lookAtAsk(link, askId);
    const open = look.kind === 'open' ? look.document.questions : [];
    const question = options.question ?? open[0]?.id;
    if (question === undefined)
      throw fail('not_found', `The ask ${askId} has no open question.`, {
        next: `sluice asks show ${askId}`,
      });
    const document = await answerAsk(link, askId, { questionId: question, text, by });
    return { document, text: `Answered; it goes on: sluice asks show ${askId}`, exitCode: 0 };
  });
}

/** `sluice asks budget ASK`: more of it, for an ask that has used its own up. */
export function asksBudget(terminal: Terminal, wanted: string, more: Budget): Promise<CommandResult> {
  return withLink(terminal, async (link) => {
    const { by } = await callerAt(terminal, link, 'run', 'granting budget');
    if (more.tokens === undefined && more.seconds === undefined && more.money === undefined)
      throw fail('usage', 'More of what?', { next: 'Give --tokens, --seconds or --money.' });
    const { askId } = await findAsk(link.store, wanted);
    const document = await grantBudget(link, askId, { ...more, by });
    return { document, text: `Granted; it goes on: sluice asks show ${askId}`, exitCode: 0 };
  });
}

/** `sluice asks cancel ASK` */
export function asksCancel(terminal: Terminal, wanted: string): Promise<CommandResult> {
  return withLink(terminal, async (link) => {
    await callerAt(terminal, link, 'run', 'cancelling an ask');
    const { askId } = await findAsk(link.store, wanted);
    await cancelAsk(link, askId);
    return { document: { askId, cancelling: true }, text: `${askId} is being cancelled.`, exitCode: 0 };
  });
}

/** `sluice asks forget ASK`: what was said in one that has ended goes now, not at the end of its retention. */
export function asksForget(terminal: Terminal, wanted: string): Promise<CommandResult> {
  return withStore(terminal, async ({ store, home }) => {
    const { by } = await callerAt(terminal, { store, home }, 'run', 'forgetting an ask');
    const { askId } = await findAsk(store, wanted);
    if ((await store.asks.forget(askId)) === 'open')
      throw fail('usage', `The ask ${askId}, or one that goes on from it, is open.`, {
        next: `End it first: sluice asks cancel ${askId}`,
      });
    await store.audit.append({ actor: by, action: 'ask_forgotten', subject: askId, data: {} });
    const text = `Forgotten: ${askId}. What only it referred to goes with the next sweep: sluice sweep --only artifacts`;
    return { document: { forgotten: askId }, text, exitCode: 0 };
  });
}

function listing({ askId, status, by, words, previous, startedAt, document }: AskRow): object {
  return {
    ...{ askId, status, by, words, previous, startedAt },
    goal: document?.goal,
    money: document?.usage.money,
  };
}

function table(given: readonly AskRow[], { out: { paint, width } }: Terminal): string {
  if (given.length === 0) return 'No asks.';
  const shown = new Table({
    head: ['ASK', 'STATUS', 'STARTED', 'BY', 'WORDS'].map((title) => paint.dim(title)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  const room = Math.max(width - 70, 20);
  for (const { askId, status, startedAt, by, words } of plainDeep([...given])) {
    const short = words.length > room ? `${words.slice(0, room - 1)}…` : words;
    shown.push([askId, status, moment(startedAt.toISOString()), by, short]);
  }
  return shown
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
