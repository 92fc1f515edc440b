import { Client } from 'pg';
import { applyChange } from '../../activities/engine/apply-change';
import { fingerprintsOf } from '../../activities/engine/locks';
import { undoChanges } from '../../activities/engine/undo-changes';
import type { Capability } from '../../capabilities/capability';
import { ingest } from '../../capabilities/ingest';
import { model } from '../../capabilities/model';
import { sql } from '../../capabilities/sql';
import type { Change } from '../../schemas/change';
import type { SluiceError } from '../../schemas/errors';
import { Connections } from '../../warehouses/postgres/connections';
import { PostgresPlace } from '../../warehouses/postgres/place';
import { SET_LATER_SETTINGS, startupOptions } from '../../warehouses/postgres/settings';
import { Bed } from './ingest/bed';

/** What a role or a database may have set. Each by itself it would break something. */
const HOSTILE: Record<string, [name: string, value: string][]> = {
  'what may be done, by whom and where': [
    ['search_path', 'evil, public, pg_catalog'],
    ['default_transaction_read_only', 'on'],
    ['default_transaction_isolation', 'serializable'],
    ['default_transaction_deferrable', 'on'],
    ['row_security', 'on'],
    ['role', 'pg_read_all_data'],
    ['restrict_nonsystem_relation_kind', 'view'],
    ['check_function_bodies', 'off'],
    ['temp_tablespaces', 'nowhere'],
    ['default_tablespace', 'nowhere'],
    ['synchronous_commit', 'off'],
  ],
  'how long anything may take': [
    ['statement_timeout', '1ms'],
    ['lock_timeout', '1ms'],
    ['idle_in_transaction_session_timeout', '1ms'],
    ['idle_session_timeout', '1ms'],
    ['transaction_timeout', '50ms'],
  ],
  'how values are read and written': [
    ['DateStyle', 'German'],
    ['IntervalStyle', 'sql_standard'],
    ['TimeZone', 'Asia/Kathmandu'],
    ['timezone_abbreviations', 'India'],
    ['bytea_output', 'escape'],
    ['extra_float_digits', '-15'],
    ['standard_conforming_strings', 'off'],
    ['backslash_quote', 'on'],
    ['transform_null_equals', 'on'],
    ['array_nulls', 'off'],
    ['quote_all_identifiers', 'on'],
    ['client_encoding', 'LATIN1'],
    ['client_min_messages', 'debug5'],
    ['xmlbinary', 'hex'],
    ['xmloption', 'document'],
  ],
};

/**
 * What somebody else has set up around the warehouse changes nothing: loads, models and statements do the same, and
 * their undos give back the same, as in a warehouse in which nobody has set up anything.
 */
describe('the surroundings of a warehouse', () => {
  let bed: Bed;
  let plain: unknown;
  beforeAll(async () => {
    bed = await Bed.make('surroundings');
    await admin(STRANGERS);
    plain = await story();
  });
  afterAll(async () => {
    await admin('drop owned by sluice_test_stranger');
    await bed.close();
  });
  afterEach(() => bed.reset());

  it.each(Object.entries(HOSTILE))('may set %s', async (_, settings) => {
    const roles = ['sluice_writer', 'sluice_reader'];
    const known = await admin(
      `select name from unnest('{${settings.map(([name]) => name).join(',')}}'::text[]) name
        where name = 'role' or current_setting(name, true) is not null`,
    );
    const names = known.map((row) => (row as { name: string }).name);
    for (const [name, value] of settings) {
      if (!names.includes(name)) continue; // of a later version
      await everywhere(roles, `set ${name} = '${value.split(', ').join("', '")}'`);
    }
    try {
      expect(await story()).toEqual(plain);
    } finally {
      for (const name of names) await everywhere(roles, `reset ${name}`);
    }
  });

  it.each([
    ['publish all tables', 'create publication p for all tables', 'drop publication p'],
    [
      'publish all tables of a schema',
      'create schema raw authorization sluice_writer; create publication p for tables in schema raw, sluice',
      'drop publication p',
    ],
    [
      'give privileges on all that is new',
      `alter default privileges for role sluice_writer grant usage on schemas to sluice_test_stranger;
       alter default privileges for role sluice_writer grant all on tables to sluice_test_stranger;
       alter default privileges for role sluice_writer grant all on sequences to sluice_test_stranger;
       alter default privileges for role sluice_writer grant all on types to sluice_test_stranger`,
      `alter default privileges for role sluice_writer revoke usage on schemas from sluice_test_stranger;
       alter default privileges for role sluice_writer revoke all on tables from sluice_test_stranger;
       alter default privileges for role sluice_writer revoke all on sequences from sluice_test_stranger;
       alter default privileges for role sluice_writer revoke all on types from sluice_test_stranger`,
    ],
    [
      'take away what everybody has',
      `alter default privileges for role sluice_writer revoke execute on functions from public;
       alter default privileges for role sluice_writer revoke usage on types from public`,
      `alter default privileges for role sluice_writer grant execute on functions to public;
       alter default privileges for role sluice_writer grant usage on types to public`,
    ],
    [
      'write down every change of structure',
      `create table public.ddl (what text); create function public.note() returns event_trigger language plpgsql security definer
         as $$ begin insert into public.ddl select object_identity from pg_event_trigger_ddl_commands(); end $$;
       create event trigger note on ddl_command_end execute function public.note()`,
      'drop event trigger note; drop function public.note(); drop table public.ddl',
    ],
  ])('may %s', async (_, before, after) => {
    await admin(before);
    try {
      const told = await story();
      expect({ ...told, kept: plain }).toEqual({ ...(plain as object), kept: plain });
    } finally {
      await admin(after);
    }
  });

  it('may publish a table of theirs that has no key: what cannot be undone is named, with the statement that helps', async () => {
    await admin(`create schema raw authorization sluice_writer; set role sluice_writer; create table raw.t (id bigint, v text);
      reset role; create publication p for all tables`);
    try {
      await bed.files({ 'a.csv': 'id,v\n1,a\n' });
      const { change } = await bed.load({ from: { files: '*.csv' }, into: 'raw.t' });
      expect((await failing(bed.undo(change))).problem).toMatchObject({
        code: 'target_mismatch',
        message:
          'raw.t is published (by p) and has no replica identity, so PostgreSQL lets nobody update or delete its rows.',
        next: 'Give it one, as its owner: a primary key, or alter table raw.t replica identity full.',
      });
    } finally {
      await admin('drop publication p');
    }
  });

  it('may not keep foreign keys and triggers from acting: that is refused, naming the statement that helps', async () => {
    await everywhere(['sluice_writer'], 'set session_replication_role = replica');
    try {
      const { problem } = await failing(story());
      expect(problem).toMatchObject({ code: 'target_mismatch' });
      expect(problem.next).toContain('alter role "sluice_writer" reset session_replication_role');
    } finally {
      await everywhere(['sluice_writer'], 'reset session_replication_role');
    }
  });

  /** The rows of the last statement, in a session that nothing disturbs. */
  async function admin(text: string): Promise<unknown[]> {
    const client = new Client({ connectionString: bed.database.adminUrl, options: startupOptions() });
    await client.connect();
    try {
      await client.query(SET_LATER_SETTINGS);
      const results = (await client.query(text)) as unknown as { rows: unknown[] } | { rows: unknown[] }[];
      return Array.isArray(results) ? results.at(-1)!.rows : results.rows;
    } finally {
      await client.end();
    }
  }

  async function everywhere(roles: readonly string[], what: string): Promise<void> {
    const database = bed.database.database;
    // Roles are the whole cluster's: the one that reads is a member of another one already.
    const mine = what.startsWith('set role') ? ['sluice_reader'] : roles;
    const alter = mine.map((role) => `alter role ${role} in database "${database}" ${what}`);
    await admin(`${alter.join('; ')}${mine === roles ? `; alter database "${database}" ${what}` : ''}`);
  }

  /** Two loads, a model, a statement; all of it undone; the first load again. In sessions of its own. */
  async function story(): Promise<Record<string, unknown>> {
    const { host, port, password, database } = bed.database;
    const connections = (user: string): Connections =>
      new Connections({ host, port, database, login: { user, password } });
    const place = new PostgresPlace(connections('sluice_reader'), connections('sluice_writer'));
    const done: { change: Change; capability: Capability }[] = [];
    let number = 0;
    const act = async <I, B>(capability: Capability<I, B>, raw: unknown): Promise<void> => {
      const context = bed.context(`r${(number += 1)}`);
      const change = await place.read(async (session) => {
        const proposed = await capability.propose(capability.input.parse(raw), {
          ...context,
          ...{ session, live: session, pending: new Set(), document: { steps: [] } as never },
          bundledFile: () => Promise.reject(new Error('none')),
        });
        const fingerprints = await fingerprintsOf(session, proposed);
        return {
          ...proposed,
          id: `${context.runId}.s.${number}`,
          step: 's',
          kind: capability.kind,
          fingerprints,
        };
      });
      const options = { digest: 'd', run: { runId: context.runId, goal: 'g' } };
      await applyChange(place, capability, change, context, options);
      done.push({ change: change, capability: capability });
    };
    const load = { from: { files: '*.csv' }, into: 'raw.t' };
    try {
      await bed.files({ 'a.csv': 'id,v,d,at\n1,a,2024-01-02,2024-03-10 02:30:00Z\n2,é,,\n' });
      await act(ingest, load);
      await act(model, { name: 'marts.m', sql: QUERY, tests: [{ unique: 'id' }] });
      await act(sql, { statements: "update raw.t set v = 'it''s \\ changed' where id = 1" });
      await bed.files({ 'b.csv': 'id,v,d,at\n3,c,2024-05-06,\n' });
      await act(ingest, load);
      await act(model, { name: 'marts.m', sql: QUERY, tests: [{ unique: 'id' }] });
      await act(ingest, { ...load, mode: 'merge', key: ['id'], from: { files: 'b.csv' }, into: 'raw.keyed' });
      const rows = await Promise.all([look('raw.t'), look('marts.m'), look('raw.keyed')]);
      const rights = await admin(STRANGE_RIGHTS);
      for (const step of [...done].reverse()) {
        const context = bed.context(step.change.id.split('.')[0]!);
        await undoChanges(place, [{ ...step, context }], { runId: context.runId, goal: 'g' });
      }
      const left = await admin(LEFT);
      await bed.clear();
      await bed.files({ 'a.csv': 'id,v\n7,again\n' });
      await act(ingest, load);
      return { rows, rights, left, again: await look('raw.t') };
    } finally {
      await place.close();
      await admin(CLEAN);
    }
  }

  const look = (relation: string): Promise<unknown> =>
    admin(`set timezone = utc; select t::text from ${relation} t order by 1`);

  const failing = async (work: Promise<unknown>): Promise<SluiceError> => {
    try {
      await work;
    } catch (error) {
      return error as SluiceError;
    }
    throw new Error('it did not fail');
  };
});

/** Casts to text are written as the session's settings say. */
const QUERY = `select id, v, d::text as day, at::text as at, (interval '1 day 2 hours')::text as i, (0.1::float8 / 3)::text as f,
  ('\\x00ff'::bytea)::text as b, xmlelement(name x, '\\x00ff'::bytea)::text as x, (v = null) is null as unequal,
  ('{null}'::text[])[1] is null as nothing, to_char(at, 'TZ') as zone, lower(v) as low from raw.t`;

/** Of tables and schemas besides the system's: what undos should have taken along. */
const LEFT = `select nspname as name from pg_namespace where nspname in ('marts')
  union all select n.nspname || '.' || relname from pg_class c join pg_namespace n on n.oid = relnamespace
   where nspname in ('raw', 'marts') or nspname = 'sluice' and relname ~ '^(trash|before|map|build)_' order by 1`;

/** Sluice's own schema is nobody's but the reader's and the writer's. */
const STRANGE_RIGHTS = `select count(*)::int as n from pg_namespace where nspname = 'sluice'
  and has_schema_privilege('sluice_test_stranger', oid, 'usage')`;

const CLEAN = `do $$ declare kept text; begin
    for kept in select oid::regclass from pg_class where relname ~ '^(trash|before|map|build)_' and relkind = 'r' loop
      execute 'drop table ' || kept;
    end loop; end $$;
  drop schema if exists raw, marts cascade; truncate sluice.change cascade; truncate sluice.quarantine, sluice.kept`;

/** A role and a schema whose functions, operators and tables have the names of the system's and of Sluice's. */
const STRANGERS = `
  do $$ begin create role sluice_test_stranger; exception when duplicate_object then null; end $$;
  create schema evil; grant usage on schema evil to public;
  create function evil.lower(text) returns text language sql as $$ select 'evil' $$;
  create function evil.count(text) returns bigint language sql as $$ select -1::bigint $$;
  create function evil.current_setting(text) returns text language sql as $$ select 'evil' $$;
  create function evil.no(text, text) returns boolean language sql as $$ select false $$;
  create operator evil.= (leftarg = text, rightarg = text, function = evil.no);
  create table evil.pg_class (relname name, relkind "char"); grant select on evil.pg_class to public;
  create table evil.t (id bigint); grant all on evil.t to public;
  create type evil.text as (a integer)`;
