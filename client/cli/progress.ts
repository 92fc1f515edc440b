import type { Paint } from './render/style';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;

/** Clears the line the cursor is in and goes to its start (ECMA-48: EL, CR). */
const CLEAR = '\r\u001b[2K';

/**
 * What goes on right now. On a terminal one line that moves and disappears; elsewhere a plain line for each phase, so
 * that a log has what happened and not how it moved.
 */
export class Progress {
  private phase = '';
  private detail = '';
  private since = 0;
  private frame = 0;
  private timer?: NodeJS.Timeout;
  private readonly moving: boolean;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly paint: Paint,
  ) {
    this.moving = stream.isTTY === true;
  }

  show(phase: string, detail = ''): void {
    if (phase === this.phase && detail === this.detail) return;
    const entered = phase !== this.phase;
    [this.phase, this.detail] = [phase, detail];
    if (entered) this.since = Date.now();
    if (!this.moving) {
      if (entered) this.stream.write(`${phase} …\n`);
      return;
    }
    this.timer ??= setInterval(() => this.draw(), FRAME_MS);
    this.timer.unref();
    this.draw();
  }

  /** Something that stays, above the moving line. */
  above(text: string): void {
    this.stream.write(`${this.timer ? CLEAR : ''}${text}\n`);
    if (this.timer) this.draw();
  }

  /** Nothing goes on any more; the moving line disappears. */
  stop(): void {
    if (this.timer) this.stream.write(CLEAR);
    clearInterval(this.timer);
    this.timer = undefined;
    this.phase = '';
  }

  private draw(): void {
    const mark = FRAMES[this.frame++ % FRAMES.length]!;
    const passed = Math.floor((Date.now() - this.since) / 1000);
    const time = passed < 2 ? '' : ` ${passed} s`;
    // A line that is broken by the terminal cannot be cleared.
    const room = (this.stream.columns ?? 80) - 4 - time.length;
    const whole = this.detail === '' ? this.phase : `${this.phase}: ${this.detail}`;
    const text = whole.length > room ? `${whole.slice(0, room - 1)}…` : whole;
    this.stream.write(`${CLEAR}${this.paint.cyan(mark)} ${text}${this.paint.dim(time)}`);
  }
}
