import { inRing } from '../../sources/ring';
import { openSourceSession } from '../../warehouses/postgres/source-session';
import { createPostgresWarehouse } from '../../warehouses/postgres/warehouse';
import type { Login } from '../../warehouses/postgres/options';
import type { SluiceError } from '../../schemas/errors';
import { testWarehouse, type TestWarehouse } from './support/warehouse';

/** Where row security would hide rows, nothing is read: a part is never taken for the whole. */
describe('row security', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await testWarehouse('row_security');
    await test.asAdmin(`
      create schema s; grant usage on schema s to sluice_writer, sluice_reader;
      create table s.theirs (id integer primary key, tenant text);
      insert into s.theirs values (1, 'a'), (2, 'b');
      alter table s.theirs enable row level security;
      grant all on s.theirs to sluice_writer, sluice_reader;
      create policy everything on s.theirs using (true) with check (true);
      create function s.peek() returns bigint language sql as 'select count(*) from s.theirs';
      create view s.invoker with (security_invoker = true) as select * from s.theirs;`);
    await test.asWriter(`
      create schema w;
      create table w.forced (id integer primary key, tenant text);
      insert into w.forced values (1, 'a'), (2, 'b');
      alter table w.forced enable row level security;
      alter table w.forced force row level security;
      create policy a on w.forced using (tenant = 'a') with check (true);
      create view w.seen as select * from w.forced;
      create table w.child (id integer references w.forced);
      insert into w.child values (2);`);
  });
  afterAll(() => test.close());

  /** Of a role that reads past row security. Roles are the whole cluster's: those of the product stay as they are. */
  const seeing = async (user: string): Promise<Login> => {
    const { password } = test.options.reader;
    await test.asAdmin(`do $$ begin create role ${user} login bypassrls in role pg_read_all_data password '${password}';
        exception when duplicate_object then null; end $$;
      do $$ begin execute format('grant connect on database %I to ${user}', current_database()); end $$;
      grant usage on schema sluice to ${user}; grant select on all tables in schema sluice to ${user}`);
    return { user, password };
  };
  const failing = async (work: Promise<unknown>): Promise<SluiceError['problem']> => {
    try {
      await work;
    } catch (error) {
      if (!(error as SluiceError).problem) throw error;
      return (error as SluiceError).problem;
    }
    throw new Error('it did not fail');
  };
  const reads = (sql: string): Promise<unknown> => test.warehouse.live.read((session) => session.query(sql));
  const writes = (sql: string): Promise<unknown> =>
    test.warehouse.live.write((session) => session.execute(sql), { applicationName: 'test' });

  it.each([
    ['a table', 'select * from s.theirs'],
    ['a count', 'select count(*) from s.theirs'],
    ['a view with the rights of who reads it', 'select * from s.invoker'],
    ['a function', 'select s.peek()'],
    ['the plan of a query', 'explain select * from s.theirs'],
  ])('is an error and no filter for the role that reads %s', async (_, sql) => {
    expect(await failing(reads(sql))).toMatchObject({
      code: 'permission_denied',
      message:
        'Row security may hide rows of s.theirs from the role "sluice_reader": a part would be taken for the whole.',
      next: 'Let it read every row (no policy is enough for that). As a superuser: alter role "sluice_reader" bypassrls.',
      place: 's.theirs',
    });
  });

  it.each([
    ['keeping aside', 'create table sluice.before_x as select * from w.forced'],
    ['an insert', "insert into w.forced values (3, 'a')"],
    ['an update', "update w.forced set tenant = 'c'"],
    ['a delete', 'delete from w.forced'],
    ['a merge', 'merge into w.forced using (values (1)) v (id) on forced.id = v.id when matched then delete'],
  ])('is an error for the owner where it is forced: %s', async (_, sql) => {
    expect(await failing(writes(sql))).toMatchObject({
      code: 'permission_denied',
      next: 'Let it read every row (no policy is enough for that). As a superuser: alter role "sluice_writer" bypassrls; or as its owner: alter table w.forced no force row level security.',
      place: 'w.forced',
    });
  });

  it('says whose rights a view reads with, when those are bound', async () => {
    expect((await failing(reads('select * from w.seen'))).message).toContain('"sluice_');
    const all = createPostgresWarehouse({
      ...test.options,
      reader: await seeing('sluice_test_seeing_reader'),
    });
    const looks = (sql: string): Promise<unknown> => all.live.read((session) => session.query(sql));
    try {
      expect(await failing(looks('select * from w.seen'))).toMatchObject({
        message:
          'Row security may hide rows of w.forced from the role "sluice_writer", as which a view or function reads it: a part would be taken for the whole.',
      });
      expect(await looks('select * from s.theirs order by id')).toHaveLength(2);
    } finally {
      await all.close();
    }
  });

  it('leaves foreign keys and changes of structure alone, which see every row', async () => {
    await writes('insert into w.child values (1)');
    await writes('alter table w.forced add column more text');
    await writes('alter table w.forced drop column more');
    expect(await test.asAdmin('select id from w.child order by 1')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('names the role that writes live, and the one that stands in for it, in a rehearsal', async () => {
    const { shadow } = await test.warehouse.openShadow('rls');
    const kept = shadow.write((session) => session.execute('create table x as select * from w.forced'), {
      applicationName: 'test',
    });
    expect((await failing(kept)).next).toContain(
      'As a superuser: alter role "sluice_writer" bypassrls; alter role "sluice_rehearsal" bypassrls; or as its owner',
    );
    await shadow.close();
    await test.warehouse.dropShadow('rls');
  });

  it('is passed by a rehearsal that reads more than the warehouse’s role only with a gap', async () => {
    const rehearsal = await seeing('sluice_test_seeing_rehearsal');
    const more = createPostgresWarehouse({ ...test.options, rehearsal });
    const { shadow, gaps } = await more.openShadow('more');
    expect(gaps).toContain(
      'role "sluice_test_seeing_rehearsal" reads past row security, role "sluice_writer" does not: alter role "sluice_test_seeing_rehearsal" nobypassrls',
    );
    await shadow.close();
    await more.dropShadow('more');
    await more.close();
  });

  it('filters a source only where the goal says so', async () => {
    const { host, port, database } = test.options;
    const target = { host, port, database, login: test.options.reader };
    await test.asAdmin(
      `create policy only_a on s.theirs as restrictive for select to sluice_reader using (tenant = 'a')`,
    );
    const whole = await openSourceSession(target);
    const refused = await failing(whole.query('select * from s.theirs'));
    expect(refused.next).toContain('from: { …, row_security: filtered }');
    await whole.close();
    const streaming = await openSourceSession(target);
    const chunks = inRing(streaming.copyOut('copy (select * from s.theirs) to stdout'));
    expect(await failing(chunks[Symbol.asyncIterator]().next())).toMatchObject({
      code: 'permission_denied',
      next: expect.stringContaining('bypassrls') as string,
    });
    await streaming.close();
    const part = await openSourceSession(target, { filtered: true });
    expect(await part.query('select id from s.theirs')).toEqual([{ id: 1 }]);
    await part.close();
  });
});
