/**
 * One waiting at a time that something else may cut short. `Promise.race` against a promise that lives long would do
 * the same, but the long-lived one keeps a note of every race: memory that grows with every chunk of a load.
 */
export class Interrupt {
  private reason: Error | undefined;
  private reject: ((reason: Error) => void) | undefined;

  /** Rejects the waiting of now and of later. The first reason stays. */
  fail(reason: Error): void {
    this.reason ??= reason;
    this.reject?.(this.reason);
  }

  wait<T>(work: Promise<T>): Promise<T> {
    if (this.reason) {
      work.catch(() => undefined);
      return Promise.reject(this.reason);
    }
    return new Promise<T>((resolve, reject) => {
      this.reject = reject;
      work.then(resolve, reject);
    });
  }
}
