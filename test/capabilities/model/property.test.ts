import fc from 'fast-check';
import { model } from '../../../capabilities/model';
import type { Capability } from '../../../capabilities/capability';
import type { ModelBody } from '../../../capabilities/model/body';
import type { ModelInput } from '../../../capabilities/model/input';
import { proposeModel } from '../../../capabilities/model/propose';
import type { Change } from '../../../schemas/change';
import { Workbench } from './workbench';

const swapping: Capability<ModelInput, ModelBody> = {
  ...model,
  propose: (input, ctx) => proposeModel(input, ctx, 0),
};

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open('model_property');
});
afterAll(() => bench.close());

const QUERIES = [
  'select k, v from raw.t',
  'select k, count(*) as n, sum(v) as s from raw.t group by k',
  'select a.k, b.v from raw.t a join raw.t b using (k)',
  'select k, v from raw.t union all select k, v from raw.t where v is null',
];

const step = fc.record({
  write: fc.oneof(
    fc.record({
      op: fc.constant('insert'),
      k: fc.integer({ min: 0, max: 3 }),
      v: fc.option(fc.integer({ min: 0, max: 9 })),
    }),
    fc.record({ op: fc.constant('delete'), k: fc.integer({ min: 0, max: 3 }), v: fc.constant(null) }),
    fc.record({
      op: fc.constant('update'),
      k: fc.integer({ min: 0, max: 3 }),
      v: fc.integer({ min: 0, max: 9 }),
    }),
  ),
  query: fc.nat(QUERIES.length - 1),
  materialized: fc.constantFrom('table', 'view'),
  swap: fc.boolean(),
  /** How many of the newest builds are undone afterwards. */
  undo: fc.nat(2),
});

const SQL: Record<string, string> = {
  insert: 'insert into raw.t values ($1, $2)',
  delete: 'delete from raw.t where k = $1 and $2::int is null',
  update: 'update raw.t set v = $2 where k = $1',
};

const multiset = (sql: string): Promise<unknown[]> =>
  bench.rows(`select m::text as row from (${sql}) m order by 1`);

it('whatever happens, a build gives what its query gives, and its undo what was there', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      await bench.reset();
      await bench.run('create schema raw; create schema marts; create table raw.t (k integer, v integer)');
      const built: { change: Change<ModelBody>; capability: typeof model; rows: unknown[] | undefined }[] =
        [];
      for (const { write, query, materialized, swap, undo } of steps) {
        await bench.other.query(SQL[write.op]!, [write.k, write.v]);
        const capability = swap ? swapping : model;
        const sql = QUERIES[query]!;
        const shown = built.length === 0 ? undefined : await multiset('select * from marts.m');
        const change = await bench.propose(capability, { name: 'marts.m', materialized, sql });
        if (!change.noop) {
          await bench.apply(capability, change);
          // A view shows its inputs as they are now, so only a table's rows are those from before.
          const stored = built.at(-1)?.change.body.materialized === 'table';
          built.push({ change, capability, rows: stored ? shown : undefined });
        }
        expect(await multiset('select * from marts.m')).toEqual(await multiset(sql));
        for (let i = 0; i < undo && built.length > 0; i += 1) {
          const last = built.pop()!;
          await bench.undo(last.capability, last.change);
          if (last.rows) expect(await multiset('select * from marts.m')).toEqual(last.rows);
        }
      }
      while (built.length > 0) {
        const last = built.pop()!;
        await bench.undo(last.capability, last.change);
      }
      expect(await bench.rows(`select to_regclass('marts.m') as m`)).toEqual([{ m: null }]);
    }),
    { numRuns: 30 },
  );
}, 120_000);
