import { sleep } from '@temporalio/workflow';
import type { RunRef } from '../schemas/life';
import type { Gate } from '../schemas/run';
import { short } from './proxies';
import type { RunState } from './state';

/**
 * An approved run waits until its change windows are open, all of them. It begins within them; what has begun is not
 * stopped when they close. Asked again after each wait: a worker that was away may have slept through an opening.
 */
export async function untilOpen(run: RunRef, gate: Gate, state: RunState): Promise<void> {
  for (;;) {
    const { opensAt } = await short.nextOpening.executeWithOptions(
      { summary: 'is the change window open?' },
      [{ run, windows: gate.windows! }],
    );
    if (opensAt === undefined) break;
    state.opensAt = opensAt;
    state.become('waiting', 'change window');
    state.describe(gate);
    await sleep(Math.max(Date.parse(opensAt) - Date.now(), 1_000));
  }
  delete state.opensAt;
}
