import { randomUUID } from 'node:crypto';
import type { AgentRef, AskEvent } from '../../../schemas/ask';
import type { Services } from '../../services';

/** How long streamed text is gathered before it is one line of progress. */
const BATCH_MS = 300;

/** Tells whoever watches an ask how one call goes. Nothing here may hold up or end the call. */
export class Progress {
  private text = '';
  private timer?: NodeJS.Timeout;
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly services: Services,
    private readonly agent: AgentRef,
  ) {}

  /** Of every attempt, also of one that is made again. */
  tell(kind: AskEvent['kind'], text: string): void {
    const { services, agent } = this;
    const event = { agent: agent.agent, kind, text, key: randomUUID() };
    this.last = this.last
      .then(() => services.store.asks.addEvents(agent.ask.askId, [event]))
      .catch((cause: unknown) => services.log.warn({ cause: String(cause) }, 'progress was not told'));
  }

  /** Text as it streams. */
  readonly stream = (text: string): void => {
    this.text += text;
    this.timer ??= setTimeout(() => this.flush(), BATCH_MS);
  };

  /** Everything that was told is in the store. */
  async done(): Promise<void> {
    this.flush();
    await this.last;
  }

  private flush(): void {
    clearTimeout(this.timer);
    delete this.timer;
    if (this.text !== '') this.tell('text', this.text);
    this.text = '';
  }
}
