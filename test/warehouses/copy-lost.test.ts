import { Client } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connections } from '../../warehouses/postgres/connections';
import { PostgresPlace } from '../../warehouses/postgres/place';
import { testDatabase, type TestDatabase } from '../support/postgres';

describe('a COPY whose connection is lost', () => {
  let database: TestDatabase;
  let place: PostgresPlace;
  let admin: Client;
  beforeAll(async () => {
    database = await testDatabase('copy_lost');
    const connections = (user: string) =>
      new Connections({
        host: database.host,
        port: database.port,
        database: database.database,
        login: { user, password: database.password },
      });
    place = new PostgresPlace(connections('sluice_reader'), connections('sluice_writer'));
    admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    await admin.query(
      'create table public.lines (line text); alter table public.lines owner to sluice_writer',
    );
  });
  afterAll(async () => {
    await admin.end();
    await place.close();
    await database.drop();
  });

  /** Chunks that come slowly, so that there is time to lose the connection in between. */
  async function* lines(count: number, before: (index: number) => Promise<unknown>): AsyncGenerator<Buffer> {
    for (let index = 0; index < count; index++) {
      await before(index);
      yield Buffer.from('x'.repeat(70_000) + '\n');
    }
  }

  it.each([0, 1, 2, 5])('after %i chunks fails as transient, and soon', async (at) => {
    const name = `copy-lost-${at}`;
    const end = () =>
      admin.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
        name,
      ]);
    const load = place.write(
      (session) =>
        session.copyIn(
          'copy public.lines from stdin',
          lines(20, (index) => (index === at ? end() : sleep(5))),
        ),
      { applicationName: name },
    );
    const outcome = await Promise.race([
      load.then(
        () => 'done',
        (cause: { code: string }) => cause.code,
      ),
      sleep(8_000, 'hangs', { ref: false }),
    ]);
    expect(outcome).toBe('transient');
    expect((await admin.query('select from public.lines')).rowCount).toBe(0);
  });
});
