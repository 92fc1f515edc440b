import { Client } from 'pg';
import type { Capability } from '../../../capabilities/capability';
import { model } from '../../../capabilities/model';
import type { ModelBody } from '../../../capabilities/model/body';
import type { ModelInput } from '../../../capabilities/model/input';
import { proposeModel } from '../../../capabilities/model/propose';
import { failure, Workbench } from './workbench';

/** Swaps every table, as the product does with big ones. */
const swapping: Capability<ModelInput, ModelBody> = {
  ...model,
  propose: (input, ctx) => proposeModel(input, ctx, 0),
};

let bench: Workbench;
let reader: Client;
beforeAll(async () => {
  bench = await Workbench.open('model_publish');
  reader = new Client({ connectionString: bench.database.readerUrl });
  await reader.connect();
});
afterAll(async () => {
  await reader.end();
  await bench.close();
});

const ROWS = 5000;
/** Every version of the model has the same number of rows, all of the same number. */
const NUMBERS = {
  name: 'marts.numbers',
  sql: `select v.n, i from raw.version v, generate_series(1, ${ROWS}) i`,
};
const LOOK = 'select count(*)::int as rows, min(n) as low, max(n) as high from marts.numbers';

beforeEach(async () => {
  await bench.reset();
  await bench.run(
    'create schema raw; create table raw.version (n integer); insert into raw.version values (1)',
  );
});

const setVersion = (n: number): Promise<void> => bench.run(`update raw.version set n = ${n}`);

async function look(client = reader): Promise<string> {
  const { rows } = await client.query<{ rows: number; low: number; high: number }>(LOOK);
  return `${rows[0]!.rows} of ${rows[0]!.low}..${rows[0]!.high}`;
}

describe.each([
  ['rows replaced in place', model, {}],
  ['a swap', swapping, {}],
  ['a view', model, { materialized: 'view' }],
] as [string, typeof model, { materialized?: 'view' }][])('%s', (_name, capability, more) => {
  const input = { ...NUMBERS, ...more };
  const versioned = (n: number) => ({ ...input, sql: `${NUMBERS.sql} /* ${n} */` });

  it('shows a polling reader all of one version or all of the next, and never keeps it waiting', async () => {
    await bench.build(capability, input);
    const seen = new Set<string>();
    let slowest = 0;
    let polling = true;
    const poll = (async () => {
      while (polling) {
        const start = performance.now();
        seen.add(await look());
        slowest = Math.max(slowest, performance.now() - start);
      }
    })();
    for (const n of [2, 3, 4]) {
      await setVersion(n);
      await bench.build(capability, versioned(n));
    }
    polling = false;
    await poll;
    seen.add(await look());
    for (const state of seen) expect(state).toMatch(new RegExp(`^${ROWS} of (1..1|2..2|3..3|4..4)$`));
    expect(seen).toContain(`${ROWS} of 4..4`);
    expect(seen.size).toBeGreaterThan(1);
    expect(slowest).toBeLessThan(1000);
  });

  it('leaves the old one published when a test fails', async () => {
    await bench.build(capability, {
      ...input,
      tests: [{ accepted_values: { column: 'n', values: [1, 2] } }],
    });
    await bench.run('create table raw.copy as select * from marts.numbers');
    const before = await bench.everything();
    if (more.materialized !== 'view') await setVersion(7);
    const { code, message } = await failure(
      bench.build(capability, {
        ...versioned(7),
        tests: [
          { not_null: 'i' },
          { accepted_values: { column: 'n', values: [2] } },
          { check: 'select * from model where n <> 2;', name: 'always two' },
        ],
      }),
    );
    expect(code).toBe('check_failed');
    expect(message).toContain(`accepted_values n: ${ROWS} rows with a n that is not accepted`);
    expect(message).toContain('always two: ');
    expect(await look()).toBe(`${ROWS} of 1..1`);
    await bench.run('update raw.version set n = 1');
    expect(await bench.everything()).toEqual(before);
  });
});

describe('a reader in an older snapshot', () => {
  it('still sees all of the older rows when they are replaced in place', async () => {
    await bench.build(model, NUMBERS);
    await reader.query('begin isolation level repeatable read');
    await reader.query('select 1 from raw.version');
    await setVersion(2);
    const change = await bench.build(model, NUMBERS);
    expect(change.body.mode).toBe('rows');
    expect(await look()).toBe(`${ROWS} of 1..1`);
    await reader.query('commit');
    expect(await look()).toBe(`${ROWS} of 2..2`);
  });

  it('is warned of in the proposal when the table would be swapped', async () => {
    await bench.build(model, NUMBERS);
    await setVersion(2);
    const change = await bench.propose(swapping, NUMBERS);
    expect(change.body.mode).toBe('swap');
    expect(change.findings.map((finding) => finding.rule)).toContain('old_snapshots');
  });
});

describe('a reader that holds on to the table', () => {
  it('makes the swap wait, but not the readers who come after', async () => {
    await bench.build(model, NUMBERS);
    const holder = new Client({ connectionString: bench.database.readerUrl });
    await holder.connect();
    await holder.query('begin; select 1 from marts.numbers limit 1');
    await setVersion(2);
    const change = await bench.propose(swapping, NUMBERS);
    let done = false;
    const applying = bench.apply(swapping, change).then(() => (done = true));
    let slowest = 0;
    for (const end = Date.now() + 2500; Date.now() < end;) {
      const start = performance.now();
      expect(await look()).toBe(`${ROWS} of 1..1`);
      slowest = Math.max(slowest, performance.now() - start);
    }
    expect(done).toBe(false);
    expect(slowest).toBeLessThan(800);
    await holder.query('commit');
    await holder.end();
    await applying;
    expect(await look()).toBe(`${ROWS} of 2..2`);
  });
});

describe('a swapped refresh', () => {
  it('changes nothing but the rows, and is undone', async () => {
    await bench.build(model, { ...NUMBERS, description: 'Numbers', indexes: ['n', ['i', 'n']] });
    await bench.admin.query(`
      alter table marts.numbers set (fillfactor = 60, autovacuum_enabled = false);
      create index strange on marts.numbers using hash ((i % 7)) where n is not null;
      comment on index marts.strange is 'it''s strange';
      grant select, insert on marts.numbers to sluice_store with grant option;
      grant select on marts.numbers to public;
      grant references (i) on marts.numbers to sluice_reader;
      alter default privileges for role sluice_writer grant select on tables to sluice_rehearsal`);
    const before = await bench.everything();
    await setVersion(2);
    const change = await bench.propose(swapping, {
      ...NUMBERS,
      description: 'Numbers',
      indexes: ['n', ['i', 'n']],
    });
    expect(change).toMatchObject({ risk: 'rewriting', routine: true });
    await bench.apply(swapping, change);
    const after = await bench.everything();
    expect((after as { hash: string }).hash).toBe((before as { hash: string }).hash);
    expect(await look()).toBe(`${ROWS} of 2..2`);
    await bench.undo(swapping, change);
    await setVersion(1);
    expect(await bench.everything()).toEqual(before);
    await bench.admin.query(
      'alter default privileges for role sluice_writer revoke select on tables from sluice_rehearsal',
    );
  });

  it('can be done twice and undone twice, though both keep indexes of one name', async () => {
    await bench.build(model, { ...NUMBERS, indexes: ['n'] });
    const before = await bench.everything();
    const changes = [];
    for (const n of [2, 3]) {
      await setVersion(n);
      changes.push(await bench.build(swapping, { ...NUMBERS, indexes: ['n'] }));
    }
    expect(changes.map((change) => change.body.mode)).toEqual(['swap', 'swap']);
    expect(await look()).toBe(`${ROWS} of 3..3`);
    await bench.undo(swapping, changes[1]!);
    expect(await look()).toBe(`${ROWS} of 2..2`);
    await bench.undo(swapping, changes[0]!);
    await setVersion(1);
    expect(await bench.everything()).toEqual(before);
  });

  it('keeps the table, whatever its size, when something hangs on it that a new one would lose', async () => {
    await bench.build(model, NUMBERS);
    await bench.run('alter table marts.numbers add constraint positive check (n > 0)');
    await setVersion(2);
    const change = await bench.build(swapping, NUMBERS);
    expect(change.body.mode).toBe('rows');
    expect(
      await bench.rows(`select conname from pg_constraint where conrelid = 'marts.numbers'::regclass`),
    ).toEqual([{ conname: 'positive' }]);
  });
});

describe('a refresh in place', () => {
  it('adds an index and a comment the goal asks for, and takes them away again', async () => {
    await bench.build(model, NUMBERS);
    await bench.run('create view marts.upon as select * from marts.numbers');
    const before = await bench.everything();
    const change = await bench.build(model, { ...NUMBERS, description: 'New words', indexes: [['i', 'n']] });
    expect(
      await bench.rows(`select obj_description('marts.numbers'::regclass) as said, indexrelid::regclass::text as index
        from pg_index where indrelid = 'marts.numbers'::regclass`),
    ).toEqual([{ said: 'New words', index: 'marts.numbers_i_n_idx' }]);
    await bench.undo(model, change);
    expect(await bench.everything()).toEqual(before);
  });

  it.each([
    [
      'a trigger',
      `create function raw.act() returns trigger language plpgsql as 'begin return new; end';
                   create trigger acts after insert on marts.numbers execute function raw.act()`,
    ],
    [
      'a foreign key to it',
      `alter table marts.numbers add primary key (i);
                   create table raw.child (i integer references marts.numbers (i))`,
    ],
    ['a rule', 'create rule loud as on delete to marts.numbers do also notify x'],
  ])('is refused when it would set off %s', async (_what, sql) => {
    await bench.build(model, NUMBERS);
    await bench.run(sql);
    await setVersion(2);
    expect((await failure(bench.propose(model, NUMBERS))).code).toBe('target_mismatch');
    expect(await look()).toBe(`${ROWS} of 1..1`);
  });
});
