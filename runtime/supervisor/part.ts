import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../../schemas/errors';
import type { ProcessRef } from '../processes';
import { end } from '../processes';
import type { PartName, PartState } from '../stack-file';
import type { Launch, Started } from './start-process';
import { startProcess, watchProcess } from './start-process';

/** What is particular to one part of the stack. */
export interface PartSpec {
  name: PartName;
  log: string;
  /** Processes of this part, whoever started them. */
  find(): ProcessRef[];
  /** Makes what it needs (files, a free port) and says how to start it. Called before every start. Idempotent. */
  prepare(): Promise<Launch>;
  /** Resolves when it serves, and not before; gives up when `signal` aborts. Rejects when it never will. */
  ready(signal: AbortSignal): Promise<void>;
  stopSignal: NodeJS.Signals;
  /** Milliseconds to stop by itself. */
  graceMs: number;
}

export interface Hooks {
  log(fields: object, message: string): void;
  /** After every change of the state: it is written to disk. */
  changed(): void;
}

const BACKOFF_MS = { first: 100, most: 10_000 };
/** Having run this long, a part that ends is started again at once. */
const HEALTHY_MS = 30_000;
/** A part that ends this often before it ever served is not going to. */
const HOPELESS = 5;

/** Keeps one process running: starts it, or adopts the one that is there; starts it again whenever it ends. */
export class Part {
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;
  private served = false;

  constructor(
    private readonly spec: PartSpec,
    readonly state: PartState,
    private readonly hooks: Hooks,
  ) {}

  get started(): boolean {
    return this.loop !== undefined;
  }

  /** Resolves when it serves for the first time; rejects when it cannot be started. From then on it is kept running. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.loop = this.keep(resolve).catch(reject);
    });
  }

  /** Ends the process, and so has another one started. */
  async restart(): Promise<void> {
    if (this.state.process) await end(this.state.process, this.spec.stopSignal, this.spec.graceMs);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    const { process } = this.state;
    const how = process && (await end(process, this.spec.stopSignal, this.spec.graceMs));
    await this.loop;
    this.hooks.log({ part: this.spec.name, how }, 'stopped');
    this.update({ process: undefined, ready: false });
  }

  private async keep(served: () => void): Promise<void> {
    let [failures, backoff] = [0, BACKOFF_MS.first];
    for (; !this.stopping.signal.aborted; this.state.restarts += 1) {
      const since = Date.now();
      try {
        const how = await this.runOnce(served);
        this.hooks.log({ part: this.spec.name, how }, 'ended');
        this.update({ process: undefined, ready: false, lastExit: { how, at: new Date().toISOString() } });
      } catch (error) {
        // What keeps it from serving (a port that is taken, a full disk) may pass; but at first somebody waits for it.
        if (!this.served) throw error;
        this.hooks.log({ part: this.spec.name, error: String(error) }, 'cannot serve now');
      }
      if (this.stopping.signal.aborted) return;
      if (!this.served && ++failures >= HOPELESS) throw this.hopeless();
      if (Date.now() - since > HEALTHY_MS) backoff = BACKOFF_MS.first;
      await sleep(backoff, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      backoff = Math.min(backoff * 2, BACKOFF_MS.most);
    }
  }

  /** One process from its start (or adoption) to its end; how it ended. */
  private async runOnce(served: () => void): Promise<string> {
    const { gone } = await this.launch();
    const ending = new AbortController();
    const serving = this.untilReady(ending.signal).then((ready) => {
      if (!ready) return;
      this.served = true;
      served();
    });
    try {
      return await Promise.race([gone, serving.then(() => gone)]);
    } finally {
      ending.abort();
    }
  }

  private async launch(): Promise<Started> {
    for (const found of this.spec.find()) {
      const { process } = this.state;
      if (found.pid === process?.pid && found.started === process.started) {
        this.hooks.log({ part: this.spec.name, pid: found.pid }, 'adopted');
        this.update({ ready: false });
        return watchProcess(found);
      }
      // Started in the instant before an earlier supervisor was killed: nobody knows its port, or when it started.
      const how = await end(found, this.spec.stopSignal, this.spec.graceMs);
      this.hooks.log({ part: this.spec.name, pid: found.pid, how }, 'ended a stray');
    }
    const launch = await this.spec.prepare();
    // From here to the recorded process nothing is awaited: `stop` finds a process to end, or none is started.
    if (this.stopping.signal.aborted)
      return { ref: undefined, gone: Promise.resolve('not started: stopping') };
    this.state.startedAt = new Date().toISOString();
    const started = startProcess(launch, this.spec.log);
    this.update({ process: started.ref, ready: false });
    this.hooks.log({ part: this.spec.name, pid: started.ref?.pid }, 'started');
    return started;
  }

  private async untilReady(ended: AbortSignal): Promise<boolean> {
    const signal = AbortSignal.any([ended, this.stopping.signal]);
    try {
      await this.spec.ready(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (signal.aborted) return false;
    this.hooks.log({ part: this.spec.name, pid: this.state.process?.pid }, 'ready');
    this.update({ ready: true });
    return true;
  }

  private update(change: Partial<PartState>): void {
    Object.assign(this.state, change);
    this.hooks.changed();
  }

  private hopeless(): Error {
    const how = this.state.lastExit?.how ?? 'unknown';
    return fail(
      'service_unreachable',
      `The ${this.spec.name} ended ${HOPELESS} times right after its start (${how}).`,
      {
        next: `Read ${this.spec.log}, then run \`sluice doctor\`.`,
        state: 'The stack was not started.',
        place: this.spec.log,
      },
    );
  }
}
