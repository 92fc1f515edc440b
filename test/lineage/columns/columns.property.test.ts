import fc from 'fast-check';
import { columnKey } from '../../../lineage/columns/flow';
import { lineageBed, type LineageBed } from './bed';
import { RandomQuery } from './random-query';

const COLUMNS = { t: ['a', 'b', 'c'], u: ['id', 'a', 'd', 'e'], v: ['d', 'f'] };

let bed: LineageBed;
beforeAll(async () => {
  bed = await lineageBed();
  await bed.client
    .query(`insert into t select n, n % 3, (n * 7) % 5, case when n % 4 > 0 then n % 2 end from generate_series(1, 7) n;
    insert into u select n % 5, n % 3, (n * 3) % 5, n from generate_series(1, 7) n;
    insert into v select n % 4, (n * 5) % 6 from generate_series(1, 6) n`);
});
afterAll(() => bed.close());

/** fast-check's integers as a stream of numbers in [0, 1). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const randomSql = (seed: number): string => new RandomQuery(numbers(seed)).query().sql;
const seeds = fc.integer({ min: 0, max: 2 ** 31 });

it('for any query, uses the columns that a view of it depends on', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const sql = randomSql(seed);
      const lineage = await bed.lineage(sql);
      const server = await bed.server(sql);
      expect({ sql, columns: [...lineage.touched].sort() }).toEqual({ sql, columns: server.columns });
    }),
    { numRuns: 150 },
  );
});

it('for any query, a column stays as it is when only columns change that it is not said to come from', async () => {
  const valuesOf = async (sql: string): Promise<string[]> => {
    const { rows } = await bed.client.query({ text: sql, rowMode: 'array' });
    const width = (rows[0] as unknown[] | undefined)?.length ?? 0;
    return Array.from({ length: width }, (_, at) =>
      (rows as unknown[][])
        .map((row) => String(row[at]))
        .sort()
        .join(),
    );
  };
  await fc.assert(
    fc.asyncProperty(seeds, fc.integer({ min: 1, max: 50 }), async (seed, shift) => {
      const sql = randomSql(seed);
      const lineage = await bed.lineage(sql);
      const before = await valuesOf(sql);
      for (const [table, columns] of Object.entries(COLUMNS)) {
        for (const column of columns) {
          const key = columnKey(`public.${table}`, column);
          if (lineage.dataset.indirect.has(key)) continue;
          await bed.client.query('begin');
          await bed.client.query(
            `update ${table} set ${column} = (coalesce(${column}, 3) * ${shift} + 1) % 7`,
          );
          const after = await valuesOf(sql);
          await bed.client.query('rollback');
          lineage.columns.forEach(({ flow }, at) => {
            if (flow.direct.has(key) || flow.indirect.has(key)) return;
            expect({ sql, key, at, values: after[at] }).toEqual({ sql, key, at, values: before[at] });
          });
        }
      }
    }),
    { numRuns: 150 },
  );
});
