import { runEvent } from '../../lineage/openlineage/events';
import { uuidOf } from '../../lineage/openlineage/uuid';
import { openStore } from '../../store/store';
import { testDatabase } from '../support/postgres';
import { atMost, median, type BenchRow } from './rows';

const TURNS = 200;

/** Engine time of a one-table goal on this machine, see engine.bench.ts; the record may cost a twentieth of it. */
const ENGINE_MS = 300;

/**
 * What the record adds to the activities of a one-table goal (admit, seal, decide, apply, record), in time that they
 * wait for the store: entries of the audit log, events and edges, beside the plain row of an event that was there before.
 */
export async function run(): Promise<BenchRow[]> {
  const database = await testDatabase('bench_record', { ledger: false });
  const store = await openStore(database.url);
  const [before, now]: [number[], number[]] = [[], []];
  const event = runEvent(
    { namespace: 'n', version: '1' },
    { type: 'START', at: new Date(), olRun: uuidOf('bench'), job: 'bench' },
  );
  const timed = async (into: number[], work: () => Promise<unknown>): Promise<void> => {
    const start = performance.now();
    await work();
    into.push(performance.now() - start);
  };
  const told = (key: string) => [{ key, event }];
  const plain = { run_id: 'r', event: 'admitted', actor: 'a', data: '{}' };
  for (let turn = 0; turn < TURNS; turn++) {
    await timed(before, async () => {
      for (let nth = 0; nth < 4; nth++) await store.db.insertInto('event').values(plain).execute();
    });
    await timed(now, async () => {
      for (let nth = 0; nth < 4; nth++) {
        const key = `${turn}/${nth}`;
        await store.together(
          store.lineage.events('r', told(key)),
          store.record.event('r', 'admitted', 'a', { key }),
        );
      }
      const run = { runId: `r${turn}`, goal: 'g', step: 's' };
      const made = [{ namespace: 'n', name: 'd.s.t', edges: [] }];
      await store.together(
        store.lineage.made(run, told(`${turn}/made`), made),
        store.record.event('r', 'applied', 'a'),
      );
    });
  }
  await store.close();
  await database.drop();
  const added = median(now) - median(before);
  const detail = `median of ${TURNS}: ${median(now).toFixed(1)} ms beside ${median(before).toFixed(1)} ms; ${((added / ENGINE_MS) * 100).toFixed(1)} % of ${ENGINE_MS} ms`;
  return [atMost('what lineage and audit add to a one-table goal', added, 'ms', ENGINE_MS / 20, detail)];
}
