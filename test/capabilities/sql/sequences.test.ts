import fc from 'fast-check';
import type { Client } from 'pg';
import { Client as Connection } from 'pg';
import { SluiceError } from '../../../schemas/errors';
import { startupOptions } from '../../../warehouses/postgres/settings';
import { leftAside, openBench, type Bench, type Done } from './harness';
import { dice, runnable } from './random';
import { SHOP } from './shop';

let bench: Bench;
let native: Client;
beforeAll(async () => {
  bench = await openBench('sql_sequences', SHOP);
  native = new Connection({ connectionString: bench.database.url, options: startupOptions() });
  await native.connect();
});
afterAll(async () => {
  await native?.end();
  await bench?.close();
});

const RUNS = Number(process.env.SLUICE_SQL_SEQUENCES ?? 8);

/** What Sluice refuses although PostgreSQL would do it; everything else that PostgreSQL does, Sluice does and undoes. */
const REFUSED = /would change rows of|is used by|cannot be taken back yet|Row security may hide/;

test(
  'any sequence of steps that PostgreSQL can run is taken back exactly, in reverse',
  async () => {
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 5 }),
        async (seed, steps, size) => {
          const roll = dice(seed);
          const before = await bench.picture();
          const done: Done[] = [];
          try {
            for (let step = 0; step < steps; step += 1) {
              const statements = await runnable(native, roll, size, (serial += 1));
              if (statements.length === 0) continue;
              try {
                done.push(await bench.run(statements.join(';\n')));
              } catch (error) {
                if (!(error instanceof SluiceError && REFUSED.test(error.message)))
                  throw explained(error, [...shown(done), statements.join(';\n')]);
              }
            }
          } finally {
            for (const { change, applied } of [...done].reverse()) {
              await bench.undo(change, applied).catch((error: unknown) => {
                throw explained(error, shown(done));
              });
            }
          }
          const after = await bench.picture();
          if (JSON.stringify(after) !== JSON.stringify(before))
            throw explained(new Error(difference(before, after)), shown(done));
          expect(await leftAside(bench.admin)).toEqual([]);
        },
      ),
      {
        numRuns: RUNS,
        endOnFailure: true,
        seed: process.env.SLUICE_SQL_SEED ? Number(process.env.SLUICE_SQL_SEED) : undefined,
      },
    );
  },
  60_000 + RUNS * 5_000,
);

const shown = (done: readonly Done[]): string[] =>
  done.map(({ change }) => change.body.statements.map(({ text }) => text).join(';\n'));

function explained(error: unknown, steps: readonly string[]): Error {
  return new Error(`${String(error)}\nafter the steps\n${steps.join('\n---\n')}`, { cause: error });
}

function difference(before: unknown, after: unknown): string {
  const lines = (value: unknown): string[] => JSON.stringify(value, null, 1).split('\n');
  const [a, b] = [lines(before), lines(after)];
  return [
    ...a.filter((line) => !b.includes(line)).map((line) => `- ${line}`),
    ...b.filter((line) => !a.includes(line)).map((line) => `+ ${line}`),
  ].join('\n');
}
