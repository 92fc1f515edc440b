import type { ErrorCode, Problem } from '../schemas/errors';
import { fail, SluiceError } from '../schemas/errors';

/** What a person can put right in the text; anything else ends the look at once. */
const IN_THE_TEXT: readonly ErrorCode[] = ['statement_refused', 'invalid_sql', 'target_mismatch'];

/** Letters: advice beyond this is given once, and not with every fault. */
const LONG = 200;

/** The faults of one script, gathered so that all of them are reported at once. */
export class Faults {
  private readonly found: Problem[] = [];
  private first: SluiceError | undefined;

  get count(): number {
    return this.found.length;
  }

  /** What `look` gives, or undefined where it finds a fault of the text. Throws whatever else it throws. */
  async gather<T>(look: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof SluiceError) || !IN_THE_TEXT.includes(error.code)) throw error;
      this.add(error);
      return undefined;
    }
  }

  /** Takes over a fault, or each of several that were gathered before. */
  add(error: SluiceError): void {
    this.first ??= error;
    const { problem } = error;
    const parts = problem.faults?.map(({ path, message, place }): Problem => {
      return { ...problem, message, place: place ?? path, next: '' };
    });
    this.found.push(...(parts ?? [problem]));
  }

  /** Throws what was gathered: one fault as it is, several as one problem that lists them. */
  report(): void {
    if (!this.first) return;
    if (this.found.length === 1) throw this.first;
    const code = IN_THE_TEXT.find((each) => this.found.some((problem) => problem.code === each))!;
    this.found.sort((a, b) => inOrder(a.place ?? '', b.place ?? ''));
    const faults = this.found.map((problem) => {
      const place = problem.place ?? '';
      const message = problem.message.replace(` (at ${place})`, '');
      const advice = problem.next.length > LONG ? [] : [problem.next];
      return { path: place, message: [message, ...advice].filter(Boolean).join(' ') };
    });
    const long = new Set(this.found.map(({ next }) => next).filter((next) => next.length > LONG));
    throw fail(code, `The SQL has ${faults.length} faults.`, {
      next: ['Correct each of them and run the command again.', ...long].join(' '),
      place: this.found[0]!.place,
      faults,
    });
  }
}

/** Places of one text, `[file:]line:column`, in the order in which they stand there. */
function inOrder(a: string, b: string): number {
  const at = (place: string): number[] => place.split(':').slice(-2).map(Number);
  const [[lineA = 0, columnA = 0], [lineB = 0, columnB = 0]] = [at(a), at(b)];
  return lineA - lineB || columnA - columnB || 0;
}
