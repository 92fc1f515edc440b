import { Client } from 'pg';
import { Connections } from '../../warehouses/postgres/connections';
import { PostgresPlace } from '../../warehouses/postgres/place';
import { baseDatabase } from '../../warehouses/postgres/shadow/names';
import type { Note } from '../../warehouses/postgres/shadow/note';
import { writeNote } from '../../warehouses/postgres/shadow/note';
import { Shadows } from '../../warehouses/postgres/shadow/shadows';
import { sweep } from '../../warehouses/postgres/shadow/sweep';
import type { Place } from '../../warehouses/warehouse';
import { testDatabase } from '../support/postgres';
import { run, testWarehouse, warehouseOptions } from './support/warehouse';

describe('bases and shadows that nobody needs', () => {
  let admin: Client;
  let made: string[];
  const tag = `t${process.pid}${Date.now() % 100_000}`;
  const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();

  beforeEach(async () => {
    made = [];
    admin = new Client({ connectionString: process.env.SLUICE_TEST_PG_ADMIN_URL });
    await admin.connect();
  });
  afterEach(async () => {
    for (const name of made) await admin.query(`drop database if exists "${name}" with (force)`);
    await admin.end();
  });

  const make = async (name: string, note?: Note): Promise<string> => {
    const database = `sluice_${name}_${tag}`;
    made.push(database);
    await admin.query(`create database "${database}" template template0`);
    if (note) await writeNote(admin, database, note);
    return database;
  };
  const left = async (): Promise<string[]> => {
    const { rows } = await admin.query<{ datname: string }>(
      'select datname from pg_database where datname = any($1)',
      [made],
    );
    return rows.map(({ datname }) => datname).sort();
  };
  const shadowNote = (madeAt: string): Note => ({ kind: 'shadow', structure: 'x', madeAt });

  it('are dropped: shadows older than an hour, and what was never finished', async () => {
    await make('shadow_old', shadowNote(hoursAgo(1.1)));
    const young = await make('shadow_young', shadowNote(hoursAgo(0.9)));
    await make('shadow_unfinished');
    await make('base_unfinished');
    await sweep(admin);
    expect(await left()).toEqual([young]);
  });

  it('but not because the clock of who sweeps was put forward', async () => {
    const young = await make('shadow_fresh', shadowNote(hoursAgo(0)));
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 2 * 60 * 60 * 1000);
    await sweep(admin).finally(() => clock.mockRestore());
    expect(await left()).toEqual([young]);
  });

  it('but not while somebody is connected, or makes them', async () => {
    const used = await make('shadow_used', shadowNote(hoursAgo(5)));
    const locked = await make('base_locked');
    const url = new URL(process.env.SLUICE_TEST_PG_ADMIN_URL!);
    const maker = new Client({ connectionString: url.href });
    url.pathname = `/${used}`;
    const user = new Client({ connectionString: url.href });
    await Promise.all([maker.connect(), user.connect()]);
    await maker.query(`select pg_advisory_lock(hashtextextended($1, 5120002))`, [locked]);
    await sweep(admin);
    expect(await left()).toEqual([locked, used]);
    await Promise.all([maker.end(), user.end()]);
  });

  it('of a database’s bases the newest four stay', async () => {
    const names: string[] = [];
    for (let age = 0; age < 6; age += 1) {
      const note: Note = {
        kind: 'base',
        structure: 'x',
        gaps: [],
        of: `of_${tag}`,
        madeAt: hoursAgo(age),
        settings: [],
      };
      names.push(await make(`base_${age}`, note));
    }
    await sweep(admin);
    expect(await left()).toEqual(names.slice(0, 4));
  });
});

describe('a base', () => {
  it('has another name for everything that it depends on', () => {
    expect(baseDatabase({ structure: 'a' })).not.toBe(baseDatabase({ structure: 'b' }));
    expect(baseDatabase({ structure: 'a' })).toMatch(/^sluice_base_[0-9a-f]{32}$/);
  });

  it('is made again when its maker died over it', async () => {
    const test = await testWarehouse('died');
    await test.asWriter('create table t (id integer)');
    const bases = (): Promise<Record<string, unknown>[]> =>
      test.asAdmin(`select datname from pg_database where datname like 'sluice_base_%'
        and shobj_description(oid, 'pg_database') like '%"of":"${test.db.database}"%'`);
    await (await test.warehouse.openShadow('died')).shadow.close();
    const [{ datname }] = (await bases()) as [{ datname: string }];
    await run(process.env.SLUICE_TEST_PG_ADMIN_URL!, `drop database ${datname}; `);
    await run(process.env.SLUICE_TEST_PG_ADMIN_URL!, `create database ${datname}`);
    const { shadow, gaps } = await test.warehouse.openShadow('died');
    expect(gaps).toEqual([]);
    expect(await shadow.read((session) => session.query('select from t'))).toEqual([]);
    await shadow.close();
    await test.warehouse.dropShadow('died');
    await test.close();
  });

  describe('of a structure that moves while it is copied', () => {
    const moving = async (times: number): Promise<{ shadows: Shadows; close(): Promise<void> }> => {
      const db = await testDatabase('moving');
      const { host, port, reader, writer, admin, rehearsal } = warehouseOptions(db);
      const target = { host, port, database: db.database };
      const place = new PostgresPlace(
        new Connections({ ...target, login: reader }),
        new Connections({ ...target, login: writer }),
        { roleAlias: { from: rehearsal!.user, to: writer.user } },
      );
      let reads = 0;
      const live = Object.create(place, {
        // Every second look, that of the copying, finds something else than the first.
        read: {
          value: async (...args: Parameters<Place['read']>) => {
            reads += 1;
            if (reads % 2 === 0 && reads / 2 <= times)
              await run(db.url, `create table moved_${reads} (id integer)`);
            return place.read(...args);
          },
        },
      }) as Place;
      const shadows = new Shadows({
        server: { host, port, admin: admin!, rehearsal: rehearsal! },
        ...{
          live,
          database: db.database,
          sameServer: true,
          reader: reader.user,
          writer: writer.user,
          rows: true,
        },
      });
      return {
        shadows,
        async close() {
          await shadows.close();
          await place.close();
          await db.drop();
        },
      };
    };

    it('is made of what it has become', async () => {
      const { shadows, close } = await moving(1);
      const { shadow, gaps } = await shadows.open('moving');
      expect(gaps).toEqual([]);
      expect(await shadow.read((session) => session.query('select from moved_2'))).toEqual([]);
      await shadow.close();
      await shadows.drop('moving');
      await close();
    });

    it('is given up when it does not come to rest', async () => {
      const { shadows, close } = await moving(99);
      await expect(shadows.open('restless')).rejects.toMatchObject({ code: 'rehearsal_failed' });
      expect(await shadows.reopen('restless')).toBeUndefined();
      await close();
    });
  });
});
