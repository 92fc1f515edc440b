import type { ModelClient } from '../../llm/client';
import { startTemporalBroker } from '../support/temporal-broker';
import { askBed } from '../workflows/ask/bed';
import { atMost, median, type BenchRow } from './rows';

const ASKS = 5;
/** Calls of one ask, with a tool call after each but the last. */
const CALLS = 11;

/**
 * What the loop adds to each call of a model: from the end of one to the start of the next, with everything real but the
 * model. In it are storing the answer, the workflow's decisions, the tool (which does nothing), looking up budget and
 * caches, and the ledger's row.
 */
export async function run(): Promise<BenchRow[]> {
  const broker = await startTemporalBroker();
  process.env.SLUICE_TEST_TEMPORAL_BROKER = broker.socket;
  const bed = await askBed();
  const gaps: number[] = [];
  let ended: number | undefined;
  const { services } = bed.engine;
  const model = services.model.bind(services);
  const timed = (client: ModelClient): ModelClient => ({
    host: client.host,
    async call(request, options) {
      if (ended !== undefined) gaps.push(performance.now() - ended);
      const answer = await client.call(request, options);
      ended = performance.now();
      return answer;
    },
  });
  Object.assign(services, { model: async (bundle: never) => timed(await model(bundle)) });
  try {
    bed.api.script([
      {
        answer: ({ turn }) =>
          turn < CALLS - 1
            ? { tool: 'look', input: { at: `place ${turn}` } }
            : { tool: 'answer', input: { answer: 'there' } },
      },
    ]);
    for (let nth = 0; nth <= ASKS; nth++) {
      ended = undefined;
      const document = await bed.end(await bed.ask(`bench ${nth}`));
      if (document.status !== 'answered') throw new Error(JSON.stringify(document));
      // The first one connects and compiles.
      if (nth === 0) gaps.length = 0;
    }
  } finally {
    await bed.close();
    await broker.stop();
  }
  const spread = [...gaps].sort((a, b) => a - b);
  const p95 = spread[Math.floor(spread.length * 0.95)]!;
  return [
    atMost(
      'what the agent loop adds to a call of a model',
      median(gaps),
      'ms',
      150,
      `median of ${gaps.length} calls in ${ASKS} asks, a tool call between each two; 95 % below ${Math.round(p95)} ms`,
    ),
  ];
}
