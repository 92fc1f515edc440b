import type { AskDocument, AskEvent } from '../../schemas/ask';
import { SluiceError } from '../../schemas/errors';
import { type FollowedAsk, followAsk } from '../core/asks/follow';
import { cancelAsk } from '../core/asks/act';
import type { Link } from '../core/stack';
import { plain } from './render/style';
import type { Terminal } from './terminal';

export interface WatchedAsk extends FollowedAsk {
  /** Ctrl-C: the ask was cancelled, as nobody waits for its answer. */
  interrupted: boolean;
}

/** Follows an ask and tells what it does. Ctrl-C cancels it: it proposes only, so nothing is left behind. */
export async function watchAsk(
  terminal: Terminal,
  link: Link,
  askId: string,
  afterSeq = 0,
): Promise<WatchedAsk> {
  const away = new AbortController();
  const narrator = new AskNarrator(terminal);
  const leave = (): void => away.abort();
  process.once('SIGINT', leave);
  try {
    const followed = await followAsk(link, askId, {
      signal: away.signal,
      afterSeq,
      onEvents: (events) => narrator.tell(events),
      onLook: (document) => narrator.look(document),
      onSilence: (why) => narrator.quiet(why),
    });
    narrator.end();
    if (!away.signal.aborted || followed.ended) return { ...followed, interrupted: false };
    await cancelled(link, askId);
    const { document } = await followAsk(link, askId, { afterSeq: followed.seq });
    return { document, ended: true, seq: followed.seq, interrupted: true };
  } finally {
    process.removeListener('SIGINT', leave);
    terminal.progress.stop();
  }
}

/** It may have come to its end while it was being cancelled: then that is how it ended. */
export async function cancelled(link: Link, askId: string): Promise<void> {
  await cancelAsk(link, askId).catch((cause: unknown) => {
    if (!(cause instanceof SluiceError && cause.problem.code === 'not_found')) throw cause;
  });
}

/** Streamed text in lines, tool steps as they happen. */
class AskNarrator {
  private open = '';
  private silence: string | undefined;

  constructor(private readonly terminal: Terminal) {}

  tell(events: readonly AskEvent[]): void {
    for (const event of events) this.event(event);
  }

  look({ status, usage }: AskDocument): void {
    if (status !== 'thinking') return;
    const tokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
    this.terminal.progress.show('thinking', tokens === 0 ? '' : `${tokens.toLocaleString('en')} tokens`);
  }

  quiet(why: string | undefined): void {
    if (why === this.silence) return;
    this.silence = why;
    if (why !== undefined) this.terminal.say(this.terminal.err.paint.yellow(`! ${why}`));
  }

  /** What was said without a line feed at its end. */
  end(): void {
    if (this.open.trim() !== '') this.say(this.open);
    this.open = '';
  }

  private event({ kind, agent, text }: AskEvent): void {
    const { paint } = this.terminal.err;
    const who = agent === 'planner' || agent === '' ? '' : `${paint.dim(`${plain(agent)}:`)} `;
    switch (kind) {
      case 'text': {
        const lines = `${this.open}${text}`.split('\n');
        this.open = lines.pop()!;
        for (const line of lines) this.say(line);
        return;
      }
      case 'tool':
      case 'tool_done':
        this.end();
        return this.terminal.say(`${paint.cyan('→')} ${who}${plain(text)}`);
      case 'repair':
        this.end();
        return this.terminal.say(`${paint.yellow('↻')} ${who}${plain(text)}`);
      case 'answer':
      case 'budget':
        this.end();
        return this.terminal.say(`${paint.dim('·')} ${who}${plain(text)}`);
      case 'call':
        this.end();
        return agent === 'planner' ? undefined : this.terminal.say(`${paint.dim('·')} ${who}${plain(text)}`);
      default:
        return this.end();
    }
  }

  private say(line: string): void {
    if (line.trim() === '') return;
    this.terminal.say(this.terminal.err.paint.dim(`  ${plain(line)}`));
  }
}
