import fc from 'fast-check';
import { Client } from 'pg';
import type { Change } from '../../../schemas/change';
import { testDatabase, type TestDatabase } from '../../support/postgres';
import { Bed, problemOf } from './bed';

/** Rows of the source, and the goal's step that loads them by a cursor. */
describe('ingest of another PostgreSQL with a cursor', () => {
  let bed: Bed;
  let source: TestDatabase;
  let there: Client;
  beforeAll(async () => {
    [bed, source] = await Promise.all([
      Bed.make('by_cursor'),
      testDatabase('cursor_source', { ledger: false }),
    ]);
    there = new Client({ connectionString: source.url });
    await there.connect();
  });
  afterAll(async () => {
    await there.end();
    await bed.close();
    await source.drop();
  });
  const begin = async (type: string, rows = ''): Promise<void> => {
    await there.query(`drop schema if exists shop cascade; create schema shop;
      create table shop.t (id int, at ${type}, v int default 0)`);
    if (rows !== '') await add(rows);
  };
  const add = (rows: string): Promise<unknown> => there.query(`insert into shop.t values ${rows}`);
  afterEach(() => bed.reset());

  const append = (more: object = {}): object => ({
    from: { postgres: source.database, table: 'shop.t' },
    into: 'raw.t',
    cursor: 'at',
    ...more,
  });
  const merge = (more: object = {}): object => append({ mode: 'merge', key: ['id'], ...more });
  const ids = async (): Promise<unknown[]> =>
    (await bed.rows('select id from raw.t order by 1, at')).map((row) => row.id);
  const rules = ({ findings }: Change): string[] => findings.map(({ rule }) => rule);

  describe('NULL', () => {
    it.each([
      ['append', append],
      ['merge', merge],
    ])('is refused at every load, with mode %s', async (_mode, input) => {
      await begin('timestamptz', `(1, '2024-01-01')`);
      await bed.load(input());
      await add(`(2, null), (3, '2024-01-02')`);
      expect(await problemOf(bed.propose(input()))).toMatchObject({
        code: 'source_invalid',
        message: expect.stringContaining('1 row of') as string,
        next: expect.stringContaining('nulls: load') as string,
      });
      await there.query('delete from shop.t where id = 2');
      const change = await bed.propose(input());
      await add(`(4, null)`);
      expect(await problemOf(bed.apply(change))).toMatchObject({ code: 'source_invalid' });
      expect(await ids()).toEqual([1]);
    });

    it.each(['merge', 'append'])('is loaded once where the goal says so, with mode %s', async (mode) => {
      const input = merge({ mode, cursor: { column: 'at', nulls: 'load' } });
      await begin('timestamptz', `(1, '2024-01-01'), (2, null)`);
      await bed.load(input);
      await add(`(3, null), (4, '2024-01-02')`);
      const { change, rows } = await bed.load(input);
      expect(rules(change)).toContain('cursor_null');
      expect(rows.inserted).toBe(2);
      expect(await ids()).toEqual([1, 2, 3, 4]);
      expect((await bed.propose(input)).noop).toBe(true);
    });
  });

  describe('rows that are equal to the cursor, or came late', () => {
    it('are merged: equal ones by themselves, late ones within the lag', async () => {
      await begin('date', `(1, '2024-03-01'), (2, '2024-03-02')`);
      await bed.load(merge());
      await add(`(3, '2024-03-02')`);
      const { change, rows } = await bed.load(merge());
      expect(change.title).toContain('(rows: 1 new, 1 unchanged)');
      expect(change.estimate).toMatchObject({ rows: 1, read: 2 });
      expect(rows).toMatchObject({ read: 2, inserted: 1, updated: 0 });
      await add(`(4, '2024-03-01')`);
      const lagging = merge({ cursor: { column: 'at', lag: '1d' } });
      expect((await bed.load(lagging)).rows).toMatchObject({ read: 4, inserted: 1 });
      expect(await ids()).toEqual([1, 2, 3, 4]);
    });

    it('are appended once where a key tells them apart', async () => {
      const input = append({ key: ['id'], cursor: { column: 'at', from: 'at_least', lag: '1h' } });
      await begin('timestamptz', `(1, '2024-03-01 10:00Z'), (2, '2024-03-01 12:00Z')`);
      await bed.load(input);
      await add(`(3, '2024-03-01 12:00Z'), (4, '2024-03-01 11:00Z'), (5, '2024-03-01 12:01Z')`);
      const before = await bed.fingerprint();
      const { change, rows } = await bed.load(input);
      expect(change.estimate.rows).toBe(3);
      expect(rows).toMatchObject({ read: 4, inserted: 3 });
      expect(await ids()).toEqual([1, 2, 3, 4, 5]);
      expect((await bed.propose(input)).noop).toBe(true);
      await bed.undo(change);
      expect(await bed.fingerprint()).toEqual(before);
      expect((await bed.load(input)).rows.inserted).toBe(3);
    });

    it('are counted where they are not loaded, in the plan and in the outcome', async () => {
      await begin('timestamptz', `(1, '2024-03-01'), (2, '2024-03-02')`);
      await bed.load(append());
      await add(`(3, '2024-03-02'), (4, '2024-03-01 12:00')`);
      const quiet = await bed.propose(append());
      expect(quiet).toMatchObject({ noop: true, findings: [{ rule: 'left_out', severity: 'warning' }] });
      expect(quiet.title).toMatch(/^nothing newer than 2024-03-02 .*; but 2 rows of .* are not newer than/);
      await add(`(5, '2024-03-03')`);
      const change = await bed.propose(append());
      expect(change.findings).toEqual([
        expect.objectContaining({ rule: 'left_out', message: expect.stringContaining('2 rows') as string }),
      ]);
      const { checks } = await bed.apply(change);
      expect(checks).toContainEqual(
        expect.objectContaining({ ok: false, severity: 'warning', message: change.findings[0]!.message }),
      );
      expect(await ids()).toEqual([1, 2, 5]);
    });

    it('are counted though as many others moved on meanwhile', async () => {
      await begin('int', `(1, 5), (2, 6)`);
      await bed.load(append());
      await there.query(`update shop.t set at = 7 where id = 1; insert into shop.t values (3, 5)`);
      const change = await bed.propose(append());
      expect(change.findings[0]!.message).toMatch(/^1 row of/);
    });
  });

  describe('a value that later rows cannot pass', () => {
    it.each([
      ['timestamp', `'infinity'`],
      ['timestamptz', `'2999-12-31'`],
      ['date', `'infinity'`],
      ['numeric', `'NaN'`],
      ['numeric', `'Infinity'`],
      ['double precision', `'NaN'`],
    ])('of type %s (%s) is loaded, said, and does not move the cursor', async (type, value) => {
      const one = type.startsWith('t') || type === 'date' ? `'2024-01-01'` : '1';
      const two = type.startsWith('t') || type === 'date' ? `'2024-01-02'` : '2';
      await begin(type, `(1, ${one}), (2, ${value})`);
      const first = await bed.load(merge());
      expect(rules(first.change)).toEqual(['cursor_ahead']);
      await add(`(3, ${two})`);
      expect((await bed.load(merge())).rows.inserted).toBe(1);
      expect(await ids()).toEqual([1, 2, 3]);
      expect((await bed.propose(merge())).noop).toBe(true);
    });

    it('waits where nothing tells rows apart, and is counted each time', async () => {
      await begin('timestamp', `(1, '2024-01-01'), (2, 'infinity')`);
      const first = await bed.propose(append());
      expect(first.findings).toEqual([
        expect.objectContaining({ rule: 'waits', message: expect.stringContaining('1 row of') as string }),
      ]);
      const { checks } = await bed.apply(first);
      expect(checks).toContainEqual(expect.objectContaining({ name: 'left out', ok: false }));
      await add(`(3, '2024-02-01')`);
      expect((await bed.load(append())).rows.inserted).toBe(1);
      expect((await bed.propose(append())).title).toContain('; but 1 row of');
      await there.query(`update shop.t set at = '2024-03-01' where id = 2`);
      await bed.load(append());
      expect(await ids()).toEqual([1, 2, 3]);
    });
  });

  describe('a column', () => {
    it.each(['text', 'uuid', 'jsonb', 'boolean', 'interval', 'time', 'bytea', 'inet', 'shop.mood'])(
      'of type %s is refused, and why',
      async (type) => {
        await there.query(`drop schema if exists shop cascade; create schema shop; create type shop.mood as enum ('b', 'a');
        create table shop.t (id int, at ${type})`);
        expect(await problemOf(bed.propose(append()))).toMatchObject({
          code: 'invalid_goal',
          place: 'cursor',
          message: expect.stringContaining('is not one of time or number') as string,
        });
      },
    );

    it.each([
      ['smallint', '-32768', '-32767'],
      ['bigint', '9223372036854775806', '9223372036854775807'],
      ['numeric', '12345678901234567890.123456789', '12345678901234567890.123456790'],
      ['double precision', '0.1', '0.10000000000000002'],
      ['timestamp(6)', `'2024-01-01 00:00:00.000001'`, `'2024-01-01 00:00:00.000002'`],
      ['timestamptz', `'2024-03-31 01:59:59.999999 Europe/Berlin'`, `'2024-03-31 03:00 Europe/Berlin'`],
      ['date', `'0044-03-15 BC'`, `'0044-03-16 BC'`],
      ['timestamp', `'-infinity'`, `'4713-01-01 BC'`],
    ])('of type %s goes on exactly where it was: %s, then %s', async (type, one, two) => {
      await begin(type, `(1, ${one})`);
      await bed.load(append());
      await add(`(2, ${two})`);
      expect((await bed.load(append())).rows.inserted).toBe(1);
      expect(await bed.propose(append())).toMatchObject({ noop: true, findings: [] });
    });
  });

  it('reads as far back as the least value allows', async () => {
    await begin('smallint', '(1, -32760)');
    const input = merge({ cursor: { column: 'at', lag: 100 } });
    await bed.load(input);
    await add('(2, -32768)');
    expect((await bed.load(input)).rows.inserted).toBe(1);
  });

  it.each([
    [{ cursor: { column: 'at', lag: '1h' } }, 'cursor.lag'],
    [{ cursor: { column: 'at', from: 'at_least' } }, 'cursor.from'],
    [{ cursor: { column: 'at', nulls: 'load' } }, 'cursor.nulls'],
  ])('asks for a key where rows are read again: %j', async (more, path) => {
    await expect(bed.propose(append(more))).rejects.toThrow(`"path":"${path}"`);
  });

  it('refuses a lag of another kind than the cursor', async () => {
    await begin('date');
    const wrong = merge({ cursor: { column: 'at', lag: 5 } });
    expect(await problemOf(bed.propose(wrong))).toMatchObject({ code: 'invalid_goal', place: 'cursor.lag' });
  });

  it('goes by the name that a column has in the source, or in the table', async () => {
    await begin('int', '(1, 5)');
    await there.query('alter table shop.t rename at to "Changed At"');
    const input = merge({ columns: { id: 'id', 'Changed At': 'at' }, cursor: 'Changed At' });
    await bed.load(input);
    await add('(2, 6)');
    expect((await bed.load(input)).rows.inserted).toBe(1);
    expect((await bed.propose(merge({ columns: { id: 'id', 'Changed At': 'at' } }))).noop).toBe(true);
  });

  it('is not comforted by the equal rows of another source of the table', async () => {
    await begin('int', '(1, 5)');
    await there.query('create table shop.u as table shop.t');
    await bed.load(append());
    await bed.load(append({ from: { postgres: source.database, table: 'shop.u' } }));
    await there.query('delete from shop.u; insert into shop.u values (2, 4)');
    await bed.load(
      append({ from: { postgres: source.database, query: 'select 2 as id, 4 as at, null::int as v' } }),
    );
    const change = await bed.propose(append({ from: { postgres: source.database, table: 'shop.u' } }));
    expect(change.findings).toEqual([expect.objectContaining({ rule: 'left_out' })]);
  });

  it('says that all rows come again where a step had no cursor before', async () => {
    await begin('int', '(1, 5)');
    await bed.load(append({ cursor: undefined }));
    expect(rules(await bed.propose(append()))).toEqual(['adds_again']);
  });

  describe('loading the whole source again', () => {
    const reload = (input: object): object => ({ ...input, reload: true });

    it('merges what the cursor has passed, and what others changed, and can be undone', async () => {
      await begin('int', '(1, 5, 1), (2, 6, 1), (3, 7, 1)');
      await bed.load(merge());
      await bed.admin.query('delete from raw.t where id = 1; update raw.t set v = 9 where id = 2');
      await add('(4, 2)');
      const quiet = await bed.propose(merge());
      expect(quiet.noop).toBe(true);
      expect(quiet.title).toContain(
        '; but 2 of the 3 rows that Sluice wrote to raw.t were changed or deleted by others',
      );
      expect(rules(quiet)).toEqual(['left_out', 'drift']);
      const before = await bed.fingerprint();
      const { change, rows } = await bed.load(reload(merge()));
      expect(change.title).toContain('(rows: 2 new, 1 changed, 1 unchanged)');
      expect(rows).toMatchObject({ inserted: 2, updated: 1 });
      expect(await bed.propose(merge())).toMatchObject({ noop: true, findings: [] });
      expect(await bed.propose(reload(merge()))).toMatchObject({ noop: true });
      await bed.undo(change);
      expect(await bed.fingerprint()).toEqual(before);
    });

    it('appends only what is missing', async () => {
      await begin('int', '(1, 5), (1, 5), (2, 6)');
      await bed.load(append());
      await add('(3, 5), (1, 5)');
      expect((await bed.load(reload(append()))).rows).toMatchObject({ read: 5, inserted: 2 });
      expect(await ids()).toEqual([1, 1, 1, 2, 3]);
    });

    it('does not append where a changed row cannot be told from a missing one', async () => {
      await begin('int', '(1, 5), (2, 6)');
      await bed.load(append());
      await bed.admin.query('update raw.t set v = 9 where id = 2');
      expect(await problemOf(bed.propose(reload(append())))).toMatchObject({
        code: 'target_mismatch',
        message: expect.stringContaining('1 of the 2 rows') as string,
      });
    });

    it('reads files again, too', async () => {
      const input = { from: { files: '*.csv' }, into: 'raw.t' };
      await bed.files({ 'a.csv': 'id,at\n1,5\n2,6\n' });
      await bed.load({ ...input, mode: 'replace' });
      await bed.admin.query('delete from raw.t where id = 1');
      expect((await bed.propose({ ...input, mode: 'replace' })).title).toContain('1 of the 2 rows');
      expect((await bed.load(reload({ ...input, mode: 'replace' }))).rows).toMatchObject({
        inserted: 2,
        deleted: 1,
      });
      expect((await bed.propose({ ...input, mode: 'replace' })).findings).toEqual([]);
    });
  });

  it('counts no drift after loads, merges and undos of its own', async () => {
    await begin('int', '(1, 5), (2, 6)');
    await bed.load(merge());
    await there.query('update shop.t set v = 1, at = 7 where id = 1');
    const { change } = await bed.load(merge());
    await add('(3, 8)');
    const { change: last } = await bed.load(merge());
    await bed.undo(last);
    expect(rules(await bed.propose(merge()))).toEqual([]);
    await bed.undo(change);
    expect(rules(await bed.propose(merge()))).toEqual([]);
  });

  it('starts anew for a merge of a query that asks for other rows', async () => {
    await begin('int', '(1, 5, 1), (2, 3, 2)');
    const from = { postgres: source.database, query: 'select * from shop.t where v = :which' };
    for (const which of [1, 2]) {
      const change = await bed.propose(merge({ from }), undefined, { params: { which } });
      await bed.apply(change);
    }
    expect(await ids()).toEqual([1, 2]);
  });

  it('loads each row once, or counts it: any order of commits and values', async () => {
    const far = ["'infinity'", "'2999-01-01'"];
    const value = fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .integer({ min: 0, max: 12 })
          .map((n) => `timestamptz '2024-01-01Z' + ${n} * interval '10 min'`),
      },
      { weight: 1, arbitrary: fc.constantFrom('null', "'-infinity'", ...far) },
    );
    const round = fc.array(fc.record({ id: fc.integer({ min: 1, max: 12 }), at: value }), { maxLength: 5 });
    const how = fc.record({
      mode: fc.constantFrom('merge', 'append'),
      from: fc.constantFrom('at_least', 'after'),
      lag: fc.constantFrom('10m', '30m'),
    });
    const runs = Number(process.env.SLUICE_PROPERTY_RUNS ?? 6);
    await fc.assert(
      fc.asyncProperty(
        how,
        fc.array(round, { minLength: 2, maxLength: 5 }),
        async ({ mode, ...cursor }, rounds) => {
          await bed.reset();
          await begin('timestamptz');
          await there.query('alter table shop.t add primary key (id)');
          const input = merge({ mode, cursor: { column: 'at', nulls: 'load', ...cursor } });
          for (const [index, writes] of rounds.entries()) {
            // Append is for rows that do not change once they are there.
            const then = mode === 'merge' ? 'update set at = excluded.at, v = excluded.v' : 'nothing';
            for (const { id, at } of writes)
              await there.query(
                `insert into shop.t values (${id}, ${at}, ${index}) on conflict (id) do ${then}`,
              );
            const change = await bed.propose(input);
            if (!change.noop) await bed.apply(change);
            const { rows: wanted } = await there.query<{ row: string }>(
              'select t::text as row from shop.t t',
            );
            const rows =
              change.body.create && change.noop ? [] : await bed.rows('select t::text as row from raw.t t');
            const found = new Set(rows.map(({ row }) => row));
            expect(found.size).toBe(rows.length);
            const missing = wanted.filter(({ row }) => !found.has(row)).length;
            const again = await bed.propose(input);
            const said = again.findings.find(({ rule }) => rule === 'left_out')?.message ?? '0 rows';
            expect(Number.parseInt(said, 10)).toBe(missing);
            expect(again.noop).toBe(true);
          }
        },
      ),
      { numRuns: runs, verbose: 1 },
    );
  });
});
