import fc from 'fast-check';
import { applyChange } from '../../../activities/engine/apply-change';
import { fingerprintsOf } from '../../../activities/engine/locks';
import { undoChanges } from '../../../activities/engine/undo-changes';
import type { Capability } from '../../../capabilities/capability';
import { ingest } from '../../../capabilities/ingest';
import { model } from '../../../capabilities/model';
import type { Change } from '../../../schemas/change';
import type { Goal } from '../../../schemas/goal';
import { SluiceError } from '../../../schemas/errors';
import { Bed } from '../../capabilities/ingest/bed';

/**
 * The law of undo: whatever loads, refreshes, writes of others and rows that refer come in between, an undo gives back
 * exactly what was there before its change, with what others have written since, or it is refused and leaves everything
 * as it is. `SLUICE_CHECK=full` tries many more; `SLUICE_SEED` repeats.
 */
const RUNS = process.env.SLUICE_CHECK === 'full' ? 300 : 8;
const SEED = Number(process.env.SLUICE_SEED ?? Math.floor(Math.random() * 2 ** 31));

let bed: Bed;
beforeAll(async () => {
  console.info(`SLUICE_SEED=${SEED}`);
  bed = await Bed.make('undo_law');
});
afterAll(() => bed.close());

const CHILDREN = [
  'id bigint references raw.parent on delete cascade',
  'id bigint references raw.parent on delete set null on update cascade',
  'id bigint default 5 references raw.parent on delete set default',
  'id bigint references raw.parent',
  'id bigint references raw.parent on delete restrict',
  'id bigint references raw.parent deferrable initially deferred',
  'code text references raw.parent (code) on update cascade',
  'code text references raw.parent (code) on update set null on delete cascade',
  "code text default 'f' references raw.parent (code) on update set default",
];

const id = fc.integer({ min: 0, max: 7 });
const code = fc.constantFrom(...'abcdefghijklmnop');
const v = fc.constantFrom('x', 'y', 'z');
const row = fc.record({ id, code, v, boss: fc.option(fc.constant(5), { freq: 2 }) });

/** Statements of others, over what is there; one that PostgreSQL refuses did not happen. */
const others = fc.oneof(
  row.map((r) => `insert into raw.parent values (${r.id}, '${r.code}', '${r.v}')`),
  fc.tuple(id, v).map(([i, to]) => `update raw.parent set v = '${to}' where id = ${i}`),
  fc.tuple(id, id).map(([i, to]) => `update raw.parent set boss = ${to} where id = ${i}`),
  id.map((i) => `delete from raw.parent where id = ${i}`),
  ...[1, 2].map(() =>
    fc.tuple(fc.nat(CHILDREN.length - 1), id, code).map(([n, i, c]) => {
      const value = CHILDREN[n]!.startsWith('id') ? String(i) : `'${c}'`;
      return `create table if not exists raw.child_${n} (n int generated always as identity primary key, ${CHILDREN[n]!});
        insert into raw.child_${n} select ${value} where not exists (select from raw.child_${n} where ${CHILDREN[n]!.split(' ')[0]!} = ${value})`.replace(
        `raw.child_${n} select`,
        `raw.child_${n} (${CHILDREN[n]!.split(' ')[0]!}) select`,
      );
    }),
  ),
  fc
    .nat(1)
    .map(
      () =>
        'create table if not exists raw.grand (n int references raw.child_0 on delete cascade); insert into raw.grand select n from raw.child_0',
    ),
  fc.constant('create unique index if not exists m_id on marts.m (id)'),
  id.map(
    (i) =>
      `create table if not exists raw.of_m (id bigint references marts.m (id) on delete cascade); insert into raw.of_m values (${i})`,
  ),
  id.map((i) => `update marts.m set v = 'mine' where id = ${i}`),
);

const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      is: fc.constant('load' as const),
      mode: fc.constantFrom('append', 'merge', 'replace'),
      rows: fc.uniqueArray(row, { minLength: 1, maxLength: 3, selector: (each) => each.id }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('refresh' as const) }) },
  { weight: 5, arbitrary: fc.record({ is: fc.constant('others' as const), sql: others }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('undo' as const), which: fc.nat(2) }) },
);

type Rows = Record<string, string[]>;
interface Applied {
  change: Change;
  capability: Capability;
  relation: string;
  /** Its relation's rows before it; undefined: it was not there. */
  before: string[] | undefined;
  /** How many statements of others there were before it. */
  at: number;
}

/** All rows of all of the user's tables. */
async function picture(): Promise<Rows> {
  const tables = await bed.rows(
    `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname in ('raw', 'marts') order by 1`,
  );
  const found: Rows = {};
  for (const { name } of tables) {
    const rows = await bed.rows(`select t::text as row from ${String(name)} t order by 1`);
    found[String(name)] = rows.map((each) => String(each['row']));
  }
  return found;
}

/** `rows` without `gone` and with `come`; undefined: one that went was not among them. */
function after(
  rows: readonly string[],
  gone: readonly string[],
  come: readonly string[],
): string[] | undefined {
  const left = [...rows];
  for (const each of gone) {
    const at = left.indexOf(each);
    if (at < 0) return undefined;
    left.splice(at, 1);
  }
  return [...left, ...come].sort();
}

const less = (from: readonly string[], what: readonly string[]): string[] => {
  const left = [...what];
  return from.filter((each) => {
    const at = left.indexOf(each);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
};

async function propose(capability: Capability, input: unknown, runId: string): Promise<Change> {
  return bed.place.read(async (session) => {
    const proposed = await capability.propose(capability.input.parse(input), {
      ...bed.context(runId),
      session,
      live: session,
      pending: new Set(),
      document: { steps: [] } as unknown as Goal,
      bundledFile: () => Promise.reject(new Error('none')),
    });
    const fingerprints = proposed.noop ? {} : await fingerprintsOf(session, proposed);
    return { ...proposed, id: `${runId}.step.1`, step: 'step', kind: capability.kind, fingerprints };
  });
}

it(
  'an undo gives back exactly what was there before, or is refused and leaves everything as it is',
  async () => {
    const seen = { undone: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 4, maxLength: 14 }), async (events) => {
        await bed.admin.query('drop schema if exists marts cascade');
        await bed.reset();
        await bed.admin.query(`create schema raw; create schema marts;
          create table raw.parent (id bigint primary key, code text unique, v text, boss bigint references raw.parent on delete set null);
          insert into raw.parent values (5, 'f', 'x', null)`);
        const log: Record<string, { gone: string[]; come: string[] }>[] = [];
        const applied: Applied[] = [];
        for (const each of [
          ...events,
          ...Array.from({ length: 3 }, () => ({ is: 'undo' as const, which: 0 })),
        ]) {
          const before = await picture();
          if (each.is === 'others') {
            await bed.admin.query(each.sql).catch(() => undefined);
            const now = await picture();
            log.push(
              Object.fromEntries(
                Object.keys({ ...before, ...now }).map((name) => {
                  const [was, is] = [before[name] ?? [], now[name] ?? []];
                  return [name, { gone: less(was, is), come: less(is, was) }];
                }),
              ),
            );
          } else if (each.is === 'undo') {
            const [one] = applied.splice(Math.max(0, applied.length - 1 - each.which), 1);
            if (!one) continue;
            const runId = one.change.id.split('.')[0]!;
            const step = { change: one.change, capability: one.capability, context: bed.context(runId) };
            const error = await undoChanges(bed.place, [step], { runId, goal: 'g' }).then(
              () => undefined,
              (cause: unknown) => cause,
            );
            const now = await picture();
            if (error !== undefined) {
              seen.refused += 1;
              expect((error as SluiceError).code ?? error).toBe('undo_refused');
              expect(now).toEqual(before);
              applied.push(one);
              continue;
            }
            seen.undone += 1;
            let rows = one.before;
            for (const diff of log.slice(one.at)) {
              const { gone, come } = diff[one.relation] ?? { gone: [], come: [] };
              rows = rows && after(rows, gone, come);
            }
            const expected = { ...before };
            if (one.before === undefined) delete expected[one.relation];
            else expected[one.relation] = rows ?? ['what others took away was of the change'];
            expect(now).toEqual(expected);
          } else {
            const runId = `run${++bed.runs}`;
            const [capability, input, relation] =
              each.is === 'refresh'
                ? [model, { name: 'marts.m', sql: 'select id, code, v from raw.parent' }, 'marts.m']
                : [
                    ingest,
                    {
                      from: { files: ['*.csv'] },
                      into: 'raw.parent',
                      mode: each.mode,
                      ...(each.mode === 'merge' && { key: ['id'] }),
                    },
                    'raw.parent',
                  ];
            if (each.is === 'load') {
              await bed.clear();
              const lines = each.rows.map((r) => `${r.id},${r.code},${r.v},${r.boss ?? ''}`);
              await bed.files({ [`${runId}.csv`]: `id,code,v,boss\n${lines.join('\n')}\n` });
            }
            try {
              const change = await propose(capability, input, runId);
              if (change.noop) continue;
              await applyChange(bed.place, capability, change, bed.context(runId), {
                digest: 'd',
                run: { runId, goal: 'g' },
              });
              applied.push({
                change,
                capability: capability,
                relation: relation,
                before: before[relation],
                at: log.length,
              });
              const now = await picture();
              expect({ ...now, [relation]: [] }).toEqual({ ...before, [relation]: [] });
            } catch (error) {
              if (!(error instanceof SluiceError)) throw error;
              expect(await picture()).toEqual(before);
            }
          }
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
    console.info(`undone: ${seen.undone}, refused: ${seen.refused}`);
    expect(seen.undone).toBeGreaterThan(0);
  },
  RUNS * 10_000 + 60_000,
);
