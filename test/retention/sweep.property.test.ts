import { seeded } from '../e2e/random';
import { LifeBed, problemOf, type LifeRun } from './life-bed';

jest.setTimeout(180_000);

let bed: LifeBed;
beforeAll(async () => {
  bed = await LifeBed.make('sweep_property');
});
afterAll(() => bed.close());

interface Standing {
  made: LifeRun;
  /** Rows of every table right before it. */
  before: Record<string, string[]>;
  /** Its retention was over at once. */
  short: boolean;
}

/** Changes of one table, in every way that keeps something for the undo. */
const changes = (pick: (below: number) => number): object => {
  const n = pick(1000);
  const kinds: (() => object)[] = [
    () => sql(`update raw.t set name = 'u${n}' where id % 3 = ${n % 3}`),
    () => sql(`delete from raw.t where id % 7 = ${n % 7}`),
    () => sql(`insert into raw.t (id, name) values (${10_000 + n}, 'i${n}') on conflict (id) do nothing`),
    () =>
      sql(
        `alter table raw.t drop column if exists extra; alter table raw.t add column extra int default ${n}`,
      ),
    () => sql('drop table raw.t; create table raw.t (id int primary key, name text)'),
    () => {
      bed.file('t.csv', `id,name\n${n},f${n}\n1,f${n}\n`);
      const into = {
        from: { files: 't.csv' },
        into: 'raw.t',
        mode: pick(2) ? 'merge' : 'replace',
        key: ['id'],
      };
      return { goal: 'load', steps: [{ id: 's', ingest: into }] };
    },
    () => ({
      goal: 'model',
      steps: [
        {
          id: 's',
          model: { name: 'marts.m', sql: `select name, count(*) as n, ${n} as v from raw.t group by 1` },
        },
      ],
    }),
  ];
  return kinds[pick(kinds.length)]!();
};

const sql = (statements: string): object => ({ goal: 'g', steps: [{ id: 's', sql: { statements } }] });

it.each([11, 13])(
  'after any sequence of runs, undos and sweeps each run within its retention can be undone exactly and shown (seed %i)',
  async (seed) => {
    const random = seeded(seed);
    const pick = (below: number): number => Math.floor(random() * below);
    await bed.rows(`drop schema if exists raw, marts cascade; create schema raw authorization sluice_writer;
    create table raw.t (id int primary key, name text); alter table raw.t owner to sluice_writer;
    insert into raw.t select i, 'n' || i from generate_series(1, 30) i; delete from sluice.load; truncate sluice.change, sluice.swept cascade`);
    const standing: Standing[] = [];
    for (let step = 0; step < 9; step += 1) {
      const what = pick(10);
      if (what < 6) {
        const short = pick(3) === 0;
        const before = await bed.picture();
        const proposed = await bed.propose(changes(pick), short ? { undo: '1ms' } : undefined);
        if (proposed.changes.every((change) => change.noop)) continue;
        standing.push({ made: await bed.finish(proposed), before, short });
      } else if (what < 8) {
        await bed.sweep(pick(2) ? { undo: '1ms', quarantine: '1ms' } : undefined);
      } else {
        const last = standing.at(-1);
        if (!last || last.short) continue;
        await bed.undo(last.made);
        standing.pop();
        expect(await bed.picture()).toEqual(last.before);
      }
    }
    await bed.sweep({ undo: '1ms' });
    for (const run of standing) await bed.show(run.made);
    // The newest first; one past its retention whose undo was swept stands in the way of those before it.
    for (const { made, before, short } of standing.reverse()) {
      if (short && (await wasSwept(made))) {
        expect((await problemOf(bed.undo(made))).code).toBe('undo_refused');
        break;
      }
      await bed.undo(made);
      expect(await bed.picture()).toEqual(before);
    }
  },
);

async function wasSwept({ run }: LifeRun): Promise<boolean> {
  const rows = await bed.rows(
    'select from sluice.swept s join sluice.change c using (change_id) where c.run_id = $1',
    [run.runId],
  );
  return rows.length > 0;
}
