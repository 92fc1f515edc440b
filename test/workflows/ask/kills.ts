import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AskDocument } from '../../../schemas/ask';
import type { AskBed } from './bed';
import { KillableWorker } from './killable';

export interface UnderFire {
  document: AskDocument;
  kills: number;
  /** Requests that reached the service. */
  requests: number;
  /** Of the ledger: rows by state, and how often each call was answered. */
  states: Record<string, number>;
  answers: number[];
}

/** An ask that needs six calls, whose worker is killed again and again while it lives. */
export async function askUnderFire(bed: AskBed, kills: number, random: () => number): Promise<UnderFire> {
  const { engine, api } = bed;
  api.reset();
  api.script([
    {
      answer: async ({ turn }) => {
        await sleep(200 + random() * 500);
        return turn < 5
          ? { thinking: 'further', tool: 'look', input: { at: `place ${turn}` } }
          : { tool: 'answer', input: { answer: 'there' } };
      },
    },
  ]);
  const taskQueue = `killed-${randomUUID()}`;
  const worker = await KillableWorker.start(bed, taskQueue);
  let killed = 0;
  try {
    const handle = await bed.ask(`under fire ${randomUUID()}`, { taskQueue });
    let over = false;
    const end = bed.end(handle).finally(() => (over = true));
    while (killed < kills && !over) {
      const before = api.requests.length;
      // Once it goes on again, at any instant of the next calls.
      while (api.requests.length === before && !over) await sleep(20);
      await sleep(random() * 700);
      if (over) break;
      await worker.kill();
      killed += 1;
      await worker.begin();
    }
    const document = await end;
    const rows = await engine.services.store.db
      .selectFrom('llm_call')
      .select(['state', 'nth'])
      .where('ask_id', '=', handle.workflowId)
      .execute();
    const states: Record<string, number> = {};
    for (const { state } of rows) states[state] = (states[state] ?? 0) + 1;
    const answers = rows.filter(({ state }) => state === 'answered').map(({ nth }) => nth);
    return { document, kills: killed, requests: api.requests.length, states, answers: answers.sort() };
  } finally {
    await worker.kill();
  }
}

/** What must hold however it was killed. */
export function expectPaidOnce({ document, kills, requests, states, answers }: UnderFire): void {
  const { answered, unknown = 0, ...others } = states;
  expect(document).toMatchObject({ status: 'answered', answer: 'there' });
  // Each call was answered once: none that was answered was made again.
  expect(answers).toEqual([1, 2, 3, 4, 5, 6]);
  expect({ answered, others }).toEqual({ answered: 6, others: {} });
  // At most one call a kill may have been paid twice, and it is on record.
  expect(unknown).toBeLessThanOrEqual(kills);
  expect(requests).toBeLessThanOrEqual(6 + unknown);
}
