import { setTimeout as sleep } from 'node:timers/promises';
import type { StepContext } from '../../capabilities/capability';
import { type Blocker, inWords, LOCK_WAITS, patiently, type Patience } from '../../warehouses/patience';
import { findBlockers } from '../../warehouses/postgres/blockers';
import type { Place, WriteOptions, WriteSession } from '../../warehouses/warehouse';

/** Milliseconds between two looks at who is waited for. */
const LOOK_MS = 1_000;

/** Milliseconds to wait for what nobody queues behind: another attempt at the same change, another run's turn. */
const TURN_MS = 60_000;

/**
 * Runs `work` in one transaction of the place, the whole of it again when a lock was not to be had: between two tries
 * nothing is held. Who is waited for is told by heartbeat (`{ waitsFor }`). Throws `lock_timeout` at the ceiling.
 */
export async function writePatiently<T>(
  place: Place,
  options: WriteOptions,
  context: Pick<StepContext, 'signal' | 'heartbeat' | 'lockWaits'>,
  work: (session: WriteSession, patience: Patience) => Promise<T>,
): Promise<T> {
  const waits = context.lockWaits ?? LOCK_WAITS;
  const watch = new Watch(place, options.applicationName, context);
  const patience: Patience = {
    ...waits,
    signal: context.signal,
    failed: () => watch.begin(true),
    had: () => watch.pause(),
    blockers: () => watch.found,
  };
  try {
    return await patiently(patience, () =>
      place.write(
        (session) => {
          watch.begin();
          return work(session, patience);
        },
        { ...options, lockTimeoutMs: Math.min(TURN_MS, Math.max(waits.ceilingMs, waits.tryMs)) },
      ),
    );
  } finally {
    watch.end();
    await watch.over;
  }
}

/** From here on locks are asked for that others would queue behind: each is asked for briefly. */
export async function askBriefly(session: WriteSession, { tryMs }: Pick<Patience, 'tryMs'>): Promise<void> {
  await session.query(`select set_config('lock_timeout', $1, true)`, [`${tryMs}ms`]);
}

/** Looks from another connection, now and then, whom a session waits for. */
class Watch {
  found: readonly Blocker[] = [];
  over: Promise<void> = Promise.resolve();
  private stop: AbortController | undefined;
  private told: string | undefined;
  private again = false;

  constructor(
    private readonly place: Place,
    private readonly name: string,
    private readonly context: Pick<StepContext, 'heartbeat'>,
  ) {}

  /** `again`: a try has failed, so that it is worth looking to the end. */
  begin(again = false): void {
    this.again ||= again;
    if (this.stop) return;
    const stop = (this.stop = new AbortController());
    this.over = this.look(stop.signal).catch(() => undefined);
  }

  /** Nothing is waited for at the moment. */
  pause(): void {
    if (this.told !== undefined) this.context.heartbeat({});
    this.told = undefined;
    if (!this.again) this.end();
  }

  end(): void {
    this.stop?.abort();
    this.stop = undefined;
  }

  private async look(signal: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(LOOK_MS, undefined, { signal });
      const found = await this.place.write((session) => findBlockers(session, this.name), {
        applicationName: 'sluice look',
        statementTimeoutMs: 5_000,
        signal,
      });
      // Between two tries nobody is in the way: the last who was is still the one that is waited for.
      if (found.length > 0) this.found = found;
      const words = this.found.length === 0 ? undefined : this.found.map(inWords).join(', ');
      if (words !== undefined && (found.length > 0 || this.told !== undefined) && words !== this.told) {
        this.told = words;
        this.context.heartbeat({ waitsFor: words });
      }
    }
  }
}
