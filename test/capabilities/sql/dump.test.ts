import { applyChange } from '../../../activities/engine/apply-change';
import { fingerprintsOf } from '../../../activities/engine/locks';
import { undoChanges } from '../../../activities/engine/undo-changes';
import type { Capability, ProposeContext, StepContext } from '../../../capabilities/capability';
import { sql } from '../../../capabilities/sql';
import type { SqlBody } from '../../../capabilities/sql/body';
import type { Change } from '../../../schemas/change';
import type { Place } from '../../../warehouses/warehouse';
import { testWarehouse, type TestWarehouse } from '../../warehouses/support/warehouse';
import { DUMP, MIGRATION } from './dump';

let bench: TestWarehouse;
beforeAll(async () => {
  bench = await testWarehouse('sql_dump');
});
afterAll(() => bench?.close());

const capability = sql as unknown as Capability;

function context(run: string): StepContext {
  return {
    ...{ goal: 'dump', runId: run, step: 'step', params: {} },
    sources: {} as StepContext['sources'],
    signal: new AbortController().signal,
    heartbeat: () => undefined,
  };
}

async function propose(run: string, statements: string): Promise<Change<SqlBody>> {
  return bench.warehouse.live.read(async (session) => {
    const ctx = {
      ...context(run),
      ...{ session, live: session, pending: new Set<string>(), document: {} as ProposeContext['document'] },
      bundledFile: () => Promise.resolve(statements),
    };
    const proposed = await sql.propose({ statements }, ctx);
    const fingerprints = await fingerprintsOf(session, proposed);
    return { ...proposed, id: `${run}/1/step`, step: 'step', kind: 'sql', fingerprints };
  });
}

async function applyIn(place: Place, change: Change<SqlBody>, run: string): Promise<void> {
  const { checks } = await applyChange(place, capability, change, context(run), {
    digest: 'd',
    run: { runId: run, goal: 'dump' },
  });
  expect(checks.filter((check) => !check.ok)).toEqual([]);
}

async function undoIn(place: Place, change: Change<SqlBody>, run: string): Promise<void> {
  await undoChanges(place, [{ change: change, capability, context: context(run) }], {
    runId: run,
    goal: 'dump',
  });
}

/** In a shadow, with an undo that is proven there; returns what differs. */
async function rehearse(change: Change<SqlBody>, run: string): Promise<string[]> {
  const { shadow, gaps } = await bench.warehouse.openShadow(run);
  try {
    // The owner of an extension: its objects belong to whoever may install it.
    expect(gaps.filter((gap) => !/^extension/.test(gap))).toEqual([]);
    await shadow.sample([...change.reads, ...change.writes], 1000);
    await applyIn(shadow, change, run);
    await undoIn(shadow, change, run);
    return (await shadow.compareWithBefore()).filter(({ ok }) => !ok).map(({ message }) => message);
  } finally {
    await shadow.close();
    await bench.warehouse.dropShadow(run);
  }
}

test('a whole schema, as pg_dump writes it, is one step: planned, rehearsed with its undo, applied and undone', async () => {
  const before = await bench.warehouse.structure();
  const change = await propose('whole', DUMP);
  expect(change.lossy).toEqual([]);
  expect(await rehearse(change, 'whole')).toEqual([]);
  await applyIn(bench.warehouse.live, change, 'whole');
  expect(await bench.warehouse.structure()).not.toEqual(before);
  await undoIn(bench.warehouse.live, change, 'whole');
  expect(await bench.warehouse.structure()).toEqual(before);
});

test('a migration of it comes back exactly, structure, rows and positions', async () => {
  await applyIn(bench.warehouse.live, await propose('base', DUMP), 'base');
  await bench.asWriter(
    `insert into library.book (isbn, title, place) values ('123456789', 'a', row('x', 1)), (null, 'b', null);
     insert into library.reader (name) values ('r'); insert into library.loan (id, book_id, reader_id) values (1, 43, 7)`,
  );
  const rows = (): Promise<unknown> =>
    bench.asAdmin(
      `select (select jsonb_agg(to_jsonb(b) order by id) from library.book b) as books, (select jsonb_agg(to_jsonb(l)) from library.loan l) as loans,
         (select last_value from library.book_id_seq) as at`,
    );
  const before = [await bench.warehouse.structure(), await rows()];
  const change = await propose('migration', MIGRATION);
  expect(change.lossy).toEqual([
    'the rows of library.popular are those that its query gives when it comes back, not those of its last refresh',
  ]);
  expect(await rehearse(change, 'migration')).toEqual([]);
  await applyIn(bench.warehouse.live, change, 'migration');
  await undoIn(bench.warehouse.live, change, 'migration');
  expect([await bench.warehouse.structure(), await rows()]).toEqual(before);
});

test('a function that a rehearsal makes is never run by the administrator who compares afterwards', async () => {
  await bench.asWriter(
    'create table if not exists public.sampled (a int); insert into public.sampled values (1)',
  );
  const trap = (name: string, args: string, returns: string): string =>
    `create function public.${name}(${args}) returns ${returns} language plpgsql as $$begin raise exception 'run by %', current_user; end$$`;
  const change = await propose(
    'trap',
    [
      trap('convert_to', 'text, text', 'bytea'),
      trap('unnest', 'text[]', 'setof text'),
      trap('to_regclass', 'varchar', 'regclass'),
      trap('format', 'text, text', 'text'),
      "comment on table public.sampled is 'x'",
    ].join(';'),
  );
  const { shadow } = await bench.warehouse.openShadow('trap');
  try {
    await shadow.sample(['public.sampled'], 10);
    await applyIn(shadow, change, 'trap');
    await shadow.sample(['library.book', 'public.sampled'], 10);
    const checks = await shadow.compareWithBefore();
    expect(checks.find(({ name }) => name === 'rows of public.sampled as before')).toMatchObject({
      ok: true,
    });
  } finally {
    await shadow.close();
    await bench.warehouse.dropShadow('trap');
  }
});

test('a function of the warehouse is never run by the administrator who makes a shadow of it', async () => {
  await bench.asWriter(
    `create function public.unnest(text[]) returns setof text language plpgsql as $$begin raise exception 'run by %', current_user; end$$`,
  );
  try {
    const { shadow } = await bench.warehouse.openShadow('base-trap');
    await shadow.close();
    await bench.warehouse.dropShadow('base-trap');
  } finally {
    await bench.asWriter('drop function public.unnest(text[])');
  }
});
