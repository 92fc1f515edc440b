import { Readable } from 'node:stream';
import type { ReadSession, WriteSession } from '../../warehouses/warehouse';
import { SESSION_SETTINGS } from '../../warehouses/postgres/settings';
import type { TestWarehouse } from './support/warehouse';
import { testWarehouse } from './support/warehouse';

describe('a session', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await testWarehouse('session');
    await test.asWriter('create table t (id integer primary key, label text)');
  });
  afterAll(() => test.close());

  const read = <T>(work: (session: ReadSession) => Promise<T>): Promise<T> => test.warehouse.live.read(work);
  const write = <T>(work: (session: WriteSession) => Promise<T>): Promise<T> =>
    test.warehouse.live.write(work, { applicationName: 'test' });
  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'no error',
      (error: { code?: string }) => error.code ?? 'no code',
    );

  it('has the settings that are part of a digest, whatever role and database say', async () => {
    await test.asAdmin(
      `do $$ begin execute format('alter database %I set datestyle = ''SQL, DMY''', current_database()); end $$;
       alter role sluice_writer set timezone = 'Asia/Tokyo'`,
    );
    try {
      const found = await read((session) =>
        session.query<{ name: string; setting: string }>(
          'select name, setting from pg_settings where name = any($1)',
          [Object.keys(SESSION_SETTINGS)],
        ),
      );
      expect(Object.fromEntries(found.map(({ name, setting }) => [name, setting]))).toEqual(SESSION_SETTINGS);
    } finally {
      await test.asAdmin('alter role sluice_writer reset timezone');
    }
  });

  it('gives a connection back as it was', async () => {
    await write(async (session) => {
      await session.execute(`set search_path = pg_temp`);
      await session.execute(`create temporary table left_over (id integer)`);
      await session.query('select pg_advisory_lock(1)');
    });
    const [row] = await write((session) =>
      session.query(`select current_setting('search_path') as path, to_regclass('pg_temp.left_over') as left_over,
        (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`),
    );
    expect(row).toEqual({ path: 'public, pg_temp', left_over: null, locks: 0 });
  });

  it('lets no object of public stand in for a system one', async () => {
    await write(async (session) => {
      await session.execute(`create table pg_class (mine boolean)`);
      await session.execute(`create temporary table pg_attribute (mine boolean)`);
      const [row] = await session.query(
        `select 'pg_class'::regclass::oid::int as class, 'pg_attribute'::regclass::oid::int as attribute`,
      );
      expect(row).toEqual({ class: 1259, attribute: 1249 });
      await session.execute('drop table public.pg_class');
    });
  });

  it('reads from one snapshot and cannot write', async () => {
    await read(async (session) => {
      const count = (): Promise<unknown[]> => session.query('select count(*)::int as n from t');
      const before = await count();
      await test.asWriter(`insert into t values (100, 'later')`);
      expect(await count()).toEqual(before);
    });
    expect(await codeOf(read((session) => session.query(`insert into t values (101, 'x')`)))).toBe(
      'permission_denied',
    );
    expect(await codeOf(read((session) => session.query('create temporary table x (id integer)')))).toBe(
      'permission_denied',
    );
  });

  it('takes exactly one statement at a time', async () => {
    expect(await codeOf(write((session) => session.execute('select 1; commit; drop table t')))).toBe(
      'invalid_sql',
    );
    expect(await test.asWriter('select count(*)::int as n from t')).toBeDefined();
  });

  it('notices when a statement ended its transaction', async () => {
    expect(await codeOf(write((session) => session.execute('commit')))).toBe('statement_refused');
  });

  it('commits all or nothing', async () => {
    const failing = write(async (session) => {
      await session.execute(`insert into t values (1, 'a')`);
      throw new TypeError('a fault of a capability');
    });
    expect(await codeOf(failing)).toBe('internal');
    expect(await test.asWriter('select from t where id = 1')).toHaveLength(0);
    expect(await write((session) => session.execute(`insert into t values (1, 'a'), (2, 'b')`))).toBe(2);
    expect(await test.asWriter('select from t where id in (1, 2)')).toHaveLength(2);
  });

  it('does not take a commit that rolled back for a success', async () => {
    const swallowed = write(async (session) => {
      await session.execute('insert into t values (3)');
      await session.execute('select 1 / 0').catch(() => undefined);
    });
    expect(await codeOf(swallowed)).toBe('database_error');
    expect(await test.asWriter('select from t where id = 3')).toHaveLength(0);
  });

  it('is of no use after its transaction', async () => {
    let kept: WriteSession | undefined;
    await write((session) => Promise.resolve(void (kept = session)));
    expect(await codeOf(kept!.execute(`insert into t values (4)`))).toBe('internal');
  });

  it('runs statements asked for at once one after the other', async () => {
    const found = await read((session) =>
      Promise.all(
        [1, 2, 3].map(async (n) => (await session.query<{ n: number }>('select $1::int as n', [n]))[0]!.n),
      ),
    );
    expect(found).toEqual([1, 2, 3]);
  });

  it('gives dates and times as PostgreSQL prints them, to the microsecond', async () => {
    const [row] = await read((session) =>
      session.query(`select '2013-01-01 05:06:07.123456-05'::timestamptz as at, 'infinity'::date as day, '1 mon'::interval as span,
        array['a', null]::name[] as names, 9007199254740993::bigint as big`),
    );
    expect(row).toEqual({
      at: '2013-01-01 10:06:07.123456+00',
      day: 'infinity',
      span: '1 mon',
      names: ['a', null],
      big: '9007199254740993',
    });
  });

  it('tells the columns of a query without running it', async () => {
    const columns = await read((session) =>
      session.describe(`select 1 as a, 'x'::varchar(3) as b from pg_sleep(60) -- ends`),
    );
    expect(columns.map(({ name, typeOid, typeModifier }) => [name, typeOid, typeModifier])).toEqual([
      ['a', 23, -1],
      ['b', 1043, 7],
    ]);
  });

  it('copies out what it copied in', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => Buffer.from(`${i + 1000}\tlabel ${i}\n`));
    const rows = await write((session) => session.copyIn('copy t from stdin', Readable.from(lines)));
    expect(rows).toBe(20_000);
    const out = await read(async (session) => {
      const chunks: Buffer[] = [];
      for await (const chunk of session.copyOut(
        'copy (select * from t where id >= 1000 order by id) to stdout',
      )) {
        chunks.push(chunk as Buffer);
      }
      return Buffer.concat(chunks);
    });
    expect(out.equals(Buffer.concat(lines))).toBe(true);
  });

  it('goes on after a stream that nobody read, and after one that was left early', async () => {
    await read((session) => {
      session.copyOut('copy (select 1) to stdout');
      return Promise.resolve();
    });
    const left = read(async (session) => {
      for await (const _ of session.copyOut('copy (select generate_series(1, 5000000)) to stdout')) break;
      await session.query('select 1');
    });
    expect(await codeOf(left)).not.toBe('no error');
    expect(await read((session) => session.query('select 1 as n'))).toEqual([{ n: 1 }]);
  });

  it('keeps the connection when a source fails in the middle of a COPY', async () => {
    const source = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('50000\tx\n');
      await Promise.resolve();
      throw new RangeError('the source broke');
    };
    await write(async (session) => {
      await session.execute('savepoint s');
      await expect(session.copyIn('copy t from stdin', source())).rejects.toMatchObject({ code: 'internal' });
      await session.execute('rollback to savepoint s');
      expect(await session.query('select 1 as n')).toEqual([{ n: 1 }]);
    });
    expect(await test.asWriter('select from t where id = 50000')).toHaveLength(0);
  });

  it('stops reading a source when the server refuses', async () => {
    let served = 0;
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (;;) {
        served += 1;
        yield Buffer.from(`${60_000 + served}\tx\ny\n`.repeat(1000));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    expect(await codeOf(write((session) => session.copyIn('copy t from stdin', endless())))).toBe(
      'database_error',
    );
    expect(served).toBeLessThan(1000);
  });
});
