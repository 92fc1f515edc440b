import { createPostgresWarehouse } from '../../warehouses/postgres/warehouse';
import type { TestWarehouse } from './support/warehouse';
import { testWarehouse } from './support/warehouse';

describe('what a shadow lacks is said:', () => {
  let test: TestWarehouse;
  beforeEach(async () => {
    test = await testWarehouse('gaps');
  });
  afterEach(() => test.close());

  const gapsOf = async (): Promise<string[]> => {
    const { shadow, gaps } = await test.warehouse.openShadow(test.db.database);
    const checks = await shadow.compareWithBefore();
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    await shadow.close();
    await test.warehouse.dropShadow(test.db.database);
    return gaps;
  };

  it('functions in languages that reach out, and what needs them', async () => {
    await test.asAdmin(`create function outside() returns integer language internal immutable as 'pg_backend_pid';
      create table t (id integer default outside()); create index by_it on t ((outside() + id));`);
    expect(await gapsOf()).toEqual([
      expect.stringContaining(
        'default of public.t.id could not be made: function public.outside() does not exist',
      ),
      expect.stringContaining('index public.by_it could not be made'),
      'index public.t public.by_it is not in the shadow',
      'column public.t.id is not the same in the shadow',
      'function public.outside() is not in the shadow: is written in internal: it could reach out of the shadow',
    ]);
  });

  it('functions that act with the rights of others: in the shadow they have only the rehearsal’s', async () => {
    await test.asAdmin(
      `create function powerful() returns text language sql security definer as 'select current_user::text'`,
    );
    const { shadow, gaps } = await test.warehouse.openShadow('powerful');
    expect(gaps).toEqual([
      expect.stringMatching(/^function public.powerful\(\) .* acts with the rights of postgres/),
    ]);
    expect(await shadow.read((session) => session.query('select powerful() as who'))).toEqual([
      { who: 'sluice_rehearsal' },
    ]);
    await shadow.close();
    await test.warehouse.dropShadow('powerful');
  });

  it('foreign servers and tables, and extensions that reach out', async () => {
    await test.asAdmin(`create extension dblink; create extension file_fdw; create server files foreign data wrapper file_fdw;
      create foreign table passwd (line text) server files options (filename '/etc/passwd'); create view over as select * from passwd`);
    const gaps = await gapsOf();
    for (const what of [
      'extension dblink',
      'extension file_fdw',
      'foreign server files',
      'foreign table public.passwd',
    ]) {
      expect(gaps).toContainEqual(
        expect.stringMatching(new RegExp(`^${what} is not in the shadow: it could reach out`)),
      );
    }
    expect(gaps).toContainEqual(expect.stringContaining('view public.over could not be made'));
    expect(gaps).toContain('relation public.over is not in the shadow');
    // Parts of what is missing itself are not listed again.
    expect(gaps.filter((gap) => gap.includes('passwd.line'))).toEqual([]);
  });

  it('event triggers, base types and operator classes', async () => {
    await test.asAdmin(`create function et() returns event_trigger language plpgsql as $$ begin raise exception 'et ran'; end $$;
      create type shell; create operator class oc for type integer using btree as operator 1 <, function 1 btint4cmp(integer, integer);
      create event trigger watch on ddl_command_end execute function et();`);
    const gaps = await gapsOf();
    await test.asAdmin('alter event trigger watch disable');
    expect(gaps).toEqual(
      expect.arrayContaining([
        expect.stringContaining('event trigger watch is not in the shadow'),
        expect.stringContaining('type public.shell is not in the shadow'),
        expect.stringContaining('operator class public.oc is not in the shadow'),
      ]),
    );
  });

  it('what the fingerprint does not cover', async () => {
    await test.asAdmin('select lo_create(0)');
    expect(await gapsOf()).toEqual(['large objects are not covered by the fingerprint']);
  });

  it('a rehearsal’s role that may connect to the live database', async () => {
    await test.asAdmin(
      `do $$ begin execute format('grant connect on database %I to sluice_rehearsal', current_database()); end $$`,
    );
    expect(await gapsOf()).toEqual(['role "sluice_rehearsal" may connect to the live database: revoke that']);
  });

  it('no server to make shadows on', async () => {
    const alone = createPostgresWarehouse({ ...test.options, admin: undefined });
    expect(await alone.describe()).toMatchObject({ shadows: 'none' });
    await expect(alone.openShadow('x')).rejects.toMatchObject({ code: 'rehearsal_failed' });
    expect(await alone.reopenShadow('x')).toBeUndefined();
    await alone.dropShadow('x');
    await alone.close();
  });

  it('another server than the warehouse’s', async () => {
    const { admin, rehearsal, ...options } = test.options;
    // The same server by another of its names is another server as far as anybody can tell.
    const shadows = { host: 'localhost', port: options.port, admin: admin!, rehearsal: rehearsal! };
    const foreign = createPostgresWarehouse({ ...options, shadows });
    const { shadow, gaps } = await foreign.openShadow('elsewhere');
    expect(gaps).toEqual(['the shadow is on another server than the warehouse']);
    await shadow.close();
    await foreign.dropShadow('elsewhere');
    await foreign.close();
  });

  it('nothing, where the writing role does not own the database and may do less', async () => {
    await test.asAdmin(`do $$ begin execute format('alter database %I owner to postgres', current_database());
        execute format('grant connect on database %I to sluice_writer, sluice_reader', current_database()); end $$;
      revoke create on schema public from public; create schema mine authorization sluice_writer`);
    const { shadow, gaps } = await test.warehouse.openShadow('less');
    expect(gaps).toEqual([]);
    const write = (sql: string): Promise<number> =>
      shadow.write((session) => session.execute(sql), { applicationName: 'test' });
    await expect(write('create schema more')).rejects.toMatchObject({ code: 'permission_denied' });
    await expect(write('create table public.more (id integer)')).rejects.toMatchObject({
      code: 'permission_denied',
    });
    await write('create table mine.more (id integer)');
    await shadow.close();
    await test.warehouse.dropShadow('less');
  });
});
