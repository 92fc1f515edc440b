import type { RunDocument, StepReport } from '../../schemas/run';
import { counted, seconds } from './render/numbers';
import { plain } from './render/style';
import { rowsText } from './render/words';
import type { Terminal } from './terminal';

/** Tells what a run does as it does it: what goes on, and each step when it is through. */
export class Narrator {
  private readonly told = new Map<string, StepReport['status']>();
  private readonly began = new Map<string, number>();
  private silence: string | undefined;
  private waits: string | undefined;

  constructor(private readonly terminal: Terminal) {}

  look(run: RunDocument): void {
    for (const step of run.steps) this.step(step);
    const doing = whatGoesOn(run);
    const waits = run.waitsFor === undefined ? undefined : `waits for ${plain(run.waitsFor)}`;
    if (doing) this.terminal.progress.show(doing.phase, waits ?? plain(doing.detail));
    // Said once, also where nothing can be shown that changes.
    if (waits !== undefined && this.waits === undefined)
      this.terminal.say(this.terminal.err.paint.yellow(`! ${waits}`));
    this.waits = waits;
  }

  quiet(why: string | undefined): void {
    if (why === this.silence) return;
    this.silence = why;
    if (why !== undefined) this.terminal.say(this.terminal.err.paint.yellow(`! ${why}`));
  }

  private step(step: StepReport): void {
    const before = this.told.get(step.id);
    if (before === step.status) return;
    this.told.set(step.id, step.status);
    if (step.status === 'applying') this.began.set(step.id, Date.now());
    // What was so before anybody looked is no news: the report at the end has it.
    if (before !== undefined) this.news(step);
  }

  private news(step: StepReport): void {
    const { paint } = this.terminal.err;
    const id = plain(step.id);
    const began = this.began.get(step.id);
    const time = began === undefined ? '' : paint.dim(` (${seconds((Date.now() - began) / 1000)})`);
    const rows = rowsText(step.rows);
    if (step.status === 'applied')
      this.terminal.say(`${paint.green('✓')} ${id}${rows === '' ? '' : `: ${rows}`}${time}`);
    if (step.status === 'failed')
      this.terminal.say(`${paint.red('✗')} ${id}${step.error ? `: ${plain(step.error.message)}` : ''}`);
    if (step.status === 'undone') this.terminal.say(`${paint.cyan('↺')} ${id} was taken back`);
  }
}

/** In a few words; `undefined` when there is nothing to wait for. */
function whatGoesOn({ status, steps }: RunDocument): { phase: string; detail: string } | undefined {
  const having = (...wanted: StepReport['status'][]): string[] =>
    steps.filter((step) => wanted.includes(step.status)).map((step) => step.id);
  const [next] = having('pending');
  const through = (count: number): string => `${count} of ${counted(steps.length, 'step')}`;
  switch (status) {
    case 'planning':
      return { phase: 'looking at what would change', detail: next ?? '' };
    case 'rehearsing': {
      const at = through(steps.length - having('pending').length);
      return {
        phase: 'rehearsing on a shadow',
        detail: next === undefined ? 'the undo' : `${at}, ${next} is next`,
      };
    }
    case 'applying': {
      const detail = [...having('applying'), through(having('applied', 'skipped').length)].join(', ');
      return { phase: 'applying', detail };
    }
    default:
      return undefined;
  }
}
