import { setTimeout as sleep } from 'node:timers/promises';
import type { SluiceError } from '../../schemas/errors';
import { applicationName } from '../../warehouses/postgres/place';
import type { TestWarehouse } from './support/warehouse';
import { testWarehouse } from './support/warehouse';

describe('cancelling', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await testWarehouse('cancel');
    await test.asWriter('create table t (id integer)');
  });
  afterAll(() => test.close());

  const sessions = (name: string): Promise<Record<string, unknown>[]> =>
    test.asAdmin(`select state, query from pg_stat_activity where application_name = '${name}'`);
  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'no error',
      (error: SluiceError) => error.code,
    );
  const running = async (name: string): Promise<void> => {
    while ((await sessions(name)).length === 0) await sleep(10);
  };

  it('ends a running statement, and with it its backend', async () => {
    const abort = new AbortController();
    const work = codeOf(
      test.warehouse.live.write((session) => session.query('select pg_sleep(60)'), {
        applicationName: 'sleeper',
        signal: abort.signal,
      }),
    );
    await running('sleeper');
    const started = Date.now();
    abort.abort();
    expect(await work).toBe('cancelled');
    expect(Date.now() - started).toBeLessThan(5_000);
    for (let left = 1; left > 0; left = (await sessions('sleeper')).length) await sleep(10);
  });

  it('ends a COPY whose source keeps it waiting', async () => {
    const abort = new AbortController();
    const silent = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('1\n');
      await new Promise(() => undefined);
    };
    const work = codeOf(
      test.warehouse.live.write((session) => session.copyIn('copy t from stdin', silent()), {
        applicationName: 'waiting',
        signal: abort.signal,
      }),
    );
    await running('waiting');
    abort.abort();
    expect(await work).toBe('cancelled');
    expect(await test.asWriter('select from t')).toHaveLength(0);
  });

  it('keeps a transaction from being committed', async () => {
    const abort = new AbortController();
    const work = test.warehouse.live.write(
      async (session) => {
        await session.execute('insert into t values (2)');
        abort.abort();
      },
      { applicationName: 'late', signal: abort.signal },
    );
    expect(await codeOf(work)).toBe('cancelled');
    expect(await test.asWriter('select from t')).toHaveLength(0);
  });

  it('does not even begin when it is too late', async () => {
    const work = jest.fn(() => Promise.resolve());
    const signal = AbortSignal.abort();
    expect(await codeOf(test.warehouse.live.write(work, { applicationName: 'never', signal }))).toBe(
      'cancelled',
    );
    expect(await codeOf(test.warehouse.live.read(work, { signal }))).toBe('cancelled');
    expect(work).not.toHaveBeenCalled();
  });

  it('leaves other sessions of the same role alone', async () => {
    const abort = new AbortController();
    const other = test.warehouse.live.read((session) =>
      session.query<{ n: number }>('select 1 as n from pg_sleep(1)'),
    );
    const work = codeOf(
      test.warehouse.live.read((session) => session.query('select pg_sleep(60)'), { signal: abort.signal }),
    );
    await sleep(300);
    abort.abort();
    expect(await work).toBe('cancelled');
    expect(await other).toEqual([{ n: 1 }]);
    expect(await test.warehouse.live.read((session) => session.query('select 2 as n'))).toEqual([{ n: 2 }]);
  });

  it('ends older attempts by name, and only those', async () => {
    const attempt = (name: string): Promise<string> =>
      codeOf(
        test.warehouse.live.write((session) => session.query('select pg_sleep(3)'), {
          applicationName: name,
        }),
      );
    const long = `sluice/${'x'.repeat(80)}`;
    const [older, longer, another] = [attempt('sluice/change-1'), attempt(long), attempt('sluice/change-2')];
    await Promise.all([
      running('sluice/change-1'),
      running(applicationName(long)),
      running('sluice/change-2'),
    ]);
    // By the time the newer one does anything the older ones are gone; it has their name and stays.
    const left = await test.warehouse.live.write(() => sessions('sluice/change-1'), {
      applicationName: 'sluice/change-1',
      endOlder: ['sluice/change-1', long],
    });
    expect(left).toHaveLength(1);
    expect(await older).toBe('transient');
    expect(await longer).toBe('transient');
    expect(await another).toBe('no error');
  });

  it('tells long names apart that begin alike', () => {
    const [a, b] = [applicationName(`${'n'.repeat(70)}a`), applicationName(`${'n'.repeat(70)}b`)];
    expect(a).not.toBe(b);
    expect(Buffer.byteLength(a)).toBeLessThanOrEqual(63);
    expect(applicationName('plain')).toBe('plain');
  });
});
