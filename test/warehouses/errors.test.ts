import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { DatabaseError } from 'pg';
import type { SluiceError } from '../../schemas/errors';
import { toSluiceError } from '../../warehouses/postgres/errors';
import { createPostgresWarehouse } from '../../warehouses/postgres/warehouse';
import type { PostgresWarehouseOptions } from '../../warehouses/postgres/warehouse';
import type { TestWarehouse } from './support/warehouse';
import { testWarehouse } from './support/warehouse';

const errorOf = (work: Promise<unknown>): Promise<SluiceError> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: SluiceError) => error,
  );

describe('an error of PostgreSQL', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await testWarehouse('errors');
    await test.asWriter(`create table t (id integer primary key, day date, check (id < 1000));
      create function raises(v text) returns void language plpgsql as $$ begin raise exception 'value % is odd', v using errcode = 'check_violation'; end $$`);
  });
  afterAll(() => test.close());

  const statement = (sql: string, params: unknown[] = []): Promise<SluiceError> =>
    errorOf(
      test.warehouse.live.write((session) => session.execute(sql, params), {
        applicationName: 'test',
        lockTimeoutMs: 200,
      }),
    );
  const connecting = async (change: Partial<PostgresWarehouseOptions>): Promise<SluiceError> => {
    const warehouse = createPostgresWarehouse({ ...test.options, ...change });
    try {
      return await errorOf(warehouse.live.read((session) => session.query('select 1')));
    } finally {
      await warehouse.close();
    }
  };

  it('is service_unreachable where nobody listens', async () => {
    expect(await connecting({ port: 1 })).toMatchObject({ code: 'service_unreachable' });
  });

  it('is service_unreachable where somebody else listens', async () => {
    const stranger = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await once(stranger, 'listening');
    const error = await connecting({ port: (stranger.address() as AddressInfo).port });
    stranger.close();
    expect(error).toMatchObject({ code: 'service_unreachable' });
  });

  it('is authentication_failed with a wrong password, which it does not repeat', async () => {
    const password = 'tops3cret';
    const error = await connecting({ writer: { user: 'sluice_writer', password } });
    expect(error).toMatchObject({ code: 'authentication_failed' });
    expect(JSON.stringify(error.problem)).not.toContain(password);
    expect(error.message).toContain('sluice_writer');
  });

  it('is not_found for a database that does not exist', async () => {
    expect(await connecting({ database: 'no_such_database' })).toMatchObject({ code: 'not_found' });
  });

  it('is permission_denied, naming the object', async () => {
    const error = await errorOf(
      test.warehouse.live.read((session) => session.query(`select pg_read_file('/etc/passwd')`)),
    );
    expect(error).toMatchObject({ code: 'permission_denied' });
    expect(error.message).toContain('pg_read_file');
  });

  it('is invalid_sql for what does not parse or does not exist', async () => {
    expect(await statement('selec 1')).toMatchObject({ code: 'invalid_sql' });
    expect(await statement('select * from nowhere')).toMatchObject({ code: 'invalid_sql' });
  });

  it('is lock_timeout while somebody holds the lock', async () => {
    const error = await test.warehouse.live.write(
      async (session) => {
        await session.execute('lock table t in access exclusive mode');
        return statement('select * from t');
      },
      { applicationName: 'holder' },
    );
    expect(error).toMatchObject({ code: 'lock_timeout' });
  });

  it('is statement_timeout when it takes too long', async () => {
    const error = await errorOf(
      test.warehouse.live.read((session) => session.query('select pg_sleep(20)'), { statementTimeoutMs: 50 }),
    );
    expect(error).toMatchObject({ code: 'statement_timeout' });
  });

  it.each([
    ['a key that is there', `insert into t values (77), (77)`, '77', 'database_error'],
    ['a check', `insert into t values (77777)`, '77777', 'database_error'],
    ['a cast', `select 'zzz'::text::integer from t`, 'zzz', 'no error'],
    [
      'a value out of range',
      `select ('99999999999' || id)::integer from t where id = 1`,
      '99999999999',
      'database_error',
    ],
    ['a date', `select ('nonsense' || id)::date from t where id = 1`, 'nonsense', 'database_error'],
    [
      'an exception of user code, whatever its code',
      `select raises('secret ' || id) from t where id = 1`,
      'secret',
      'database_error',
    ],
  ])('does not quote values of rows: %s', async (_, sql, value, code) => {
    await test.asWriter('insert into t values (1) on conflict do nothing');
    if (code === 'no error') return expect(await statement(sql)).toMatchObject({ code: 'database_error' });
    const error = await statement(sql);
    expect(error).toMatchObject({ code });
    expect(JSON.stringify(error.problem)).not.toContain(value);
  });

  it('says where in a COPY it was, without the value', async () => {
    const source = async function* (): AsyncGenerator<Buffer> {
      yield await Promise.resolve(Buffer.from('5\t2013-01-01\n6\tyesterday-ish "quoted"\n'));
    };
    const error = await errorOf(
      test.warehouse.live.write((session) => session.copyIn('copy t from stdin', source()), {
        applicationName: 'copy',
      }),
    );
    expect(error.message).toMatch(/invalid input syntax for type date: … in COPY t, line 2, column day/);
    expect(JSON.stringify(error.problem)).not.toContain('yesterday');
  });

  it('is transient when the backend is ended while it works', async () => {
    const working = errorOf(
      test.warehouse.live.write((session) => session.query('select pg_sleep(20)'), {
        applicationName: 'to be ended',
      }),
    );
    await ended(test, 'to be ended');
    expect(await working).toMatchObject({ code: 'transient' });
  });

  it('is transient, and says that it does not know, when the connection is lost in COMMIT', async () => {
    await test.asWriter(`create table slow (id integer);
      create function sleeps() returns trigger language plpgsql as $$ begin perform pg_sleep(20); return null; end $$;
      create constraint trigger at_commit after insert on slow deferrable initially deferred for each row execute function sleeps()`);
    const committing = errorOf(
      test.warehouse.live.write((session) => session.execute('insert into slow values (1)'), {
        applicationName: 'committing',
      }),
    );
    await ended(test, 'committing', `query = 'commit'`);
    const error = await committing;
    expect(error).toMatchObject({ code: 'transient' });
    expect(error.problem.state).toContain('not known');
  });

  it.each([
    ['53100', 'disk_full'],
    ['40001', 'transient'],
    ['57P03', 'service_unreachable'],
    ['53300', 'transient'],
    ['XX001', 'database_error'],
  ])('with SQLSTATE %s is %s', (state, code) => {
    const error = Object.assign(new DatabaseError('no space left on device', 0, 'error'), { code: state });
    expect(toSluiceError(error, { host: 'h', port: 1, database: 'd', user: 'u' })).toMatchObject({ code });
  });
});

/** Terminates the backend of that name as soon as it is there. */
async function ended(test: TestWarehouse, name: string, and = `query like '%pg_sleep%'`): Promise<void> {
  for (let found = 0; found === 0;) {
    const rows = await test.asAdmin(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = '${name}' and state = 'active' and ${and} and pid <> pg_backend_pid()`);
    found = rows.length;
  }
}
