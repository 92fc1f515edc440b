import { Client } from 'pg';
import { shadowDatabase } from '../../warehouses/postgres/shadow/names';
import { LifeBed, problemOf, type LifeRun } from './life-bed';

jest.setTimeout(180_000);

/** The person: values that stand nowhere else. */
const EMAIL = 'planted-zq81@example.org';
const NAME = 'Zacharias Quince';
const ID = 7_340_921;

let bed: LifeBed;
beforeAll(async () => {
  bed = await LifeBed.make('erase');
});
afterAll(() => bed.close());
beforeEach(async () => {
  await bed.rows(`drop schema if exists raw, marts cascade; create schema raw authorization sluice_writer;
    truncate sluice.quarantine, sluice.swept, sluice.erasure, sluice.erased_rows, sluice.kept; truncate sluice.change cascade;
    do $$ declare kept text; begin for kept in select oid::regclass from pg_class where relnamespace = 'sluice'::regnamespace and relname ~ '^(trash|before)_' and relkind = 'r'
      loop execute 'drop table ' || kept; end loop; end $$`);
});

const people = (rows: string[]): string => ['id,email,name', ...rows, ''].join('\n');
const PERSON = `${ID},${EMAIL},${NAME}`;
const others = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i},p${from + i}@example.org,Person ${from + i}`);

let files = 0;
const load = (mode: string, rows: string[], more: object = {}): object => {
  const file = `people-${(files += 1)}.csv`;
  bed.file(file, people(rows));
  const ingest = {
    from: { files: file },
    into: 'raw.people',
    mode,
    ...(mode === 'append' ? {} : { key: ['id'] }),
    ...more,
  };
  return { goal: 'load', steps: [{ id: 'load', ingest }] };
};
const sql = (statements: string): object => ({
  goal: 'change',
  steps: [{ id: 'change', sql: { statements } }],
});
const model = (select: string): object => ({
  goal: 'model',
  steps: [{ id: 'model', model: { name: 'marts.people', sql: select } }],
});

async function erase(
  where: Record<string, string> = { id: String(ID) },
  more: object = {},
  table = 'raw.people',
): Promise<LifeRun> {
  const request = await bed.services.store.erasures.ask(where, 'ann');
  return bed.run({
    goal: 'erase',
    steps: [{ id: 'erase', erase: { table, columns: Object.keys(where), request, ...more } }],
  });
}

/** Every place in a database where one of the texts stands: all tables of all schemas, and what the planner remembers. */
async function placesIn(url: string, texts: string[]): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'm', 't') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
       union all select 'pg_catalog.pg_stats'`,
    );
    const found: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query(
        `select from ${name} t where exists (select from unnest($1::text[]) v
           where position(v in t::text) > 0 or position(encode(convert_to(v, 'UTF8'), 'hex') in t::text) > 0) limit 1`,
        [texts],
      );
      if (rows.length > 0) found.push(name);
    }
    return found;
  } finally {
    await client.end();
  }
}

const PLANTED = [EMAIL, NAME, String(ID)];

async function places(texts = PLANTED): Promise<string[]> {
  const warehouse = await placesIn(bed.warehouse.adminUrl, texts);
  const store = await placesIn(bed.store.url.replace('sluice_writer', 'postgres'), texts);
  return [...warehouse, ...store.map((name) => `store ${name}`)];
}

const analyze = (): Promise<unknown> => bed.rows('analyze');

describe('wherever rows hide: planted, erased, found nowhere; and no undo brings them back', () => {
  type Case = [what: string, make: () => Promise<LifeRun[]>, hides: RegExp];
  const cases: Case[] = [
    [
      'an append',
      async () => [
        await bed.run(load('append', others(1, 5))),
        await bed.run(load('append', [PERSON, ...others(6, 9)])),
      ],
      /^raw\.people/,
    ],
    [
      'a merge that updates the person',
      async () => [
        await bed.run(load('merge', [PERSON, ...others(1, 5)])),
        await bed.run(
          load('merge', [`${ID},${EMAIL},${NAME} the Second`, ...others(4, 9).map((row) => `${row} again`)]),
        ),
      ],
      /before_/,
    ],
    [
      'a replace that leaves the person out',
      async () => [
        await bed.run(load('replace', [PERSON, ...others(1, 5)])),
        await bed.run(load('replace', others(3, 8))),
      ],
      /trash_/,
    ],
    [
      'an update',
      async () => [
        await bed.run(load('merge', [PERSON, ...others(1, 5)])),
        await bed.run(sql("update raw.people set name = 'someone' where id > 3")),
      ],
      /before_/,
    ],
    [
      'an update of a table without a key',
      async () => [
        await bed.run(load('append', [PERSON, ...others(1, 5)])),
        await bed.run(sql("update raw.people set name = name || '!'")),
        await bed.run(sql('update raw.people set email = upper(email) where id < 3')),
      ],
      /before_/,
    ],
    [
      'an insert and a delete',
      async () => [
        await bed.run(load('append', others(1, 5))),
        await bed.run(
          sql(
            "insert into raw.people select id + 7340920, 'planted-zq81' || '@' || 'example.org', 'Zacharias' || ' Quince' from raw.people where id = 1",
          ),
        ),
        await bed.run(sql('delete from raw.people where id > 3')),
      ],
      /before_/,
    ],
    [
      'a dropped table',
      async () => [
        await bed.run(load('merge', [PERSON, ...others(1, 5)])),
        await bed.run(sql('drop table raw.people')),
      ],
      /trash_/,
    ],
    [
      'a dropped column and a changed type',
      async () => [
        await bed.run(load('merge', [PERSON, ...others(1, 5)])),
        await bed.run(sql('alter table raw.people drop column email')),
        await bed.run(sql('alter table raw.people alter column name type varchar(200) using upper(name)')),
      ],
      /before_/,
    ],
    [
      'a table made from a query',
      async () => [
        await bed.run(load('merge', [PERSON, ...others(1, 5)])),
        await bed.run(
          sql(
            'drop table raw.people; create table raw.people as select 1 as id, null::text as email, null::text as name',
          ),
        ),
      ],
      /trash_/,
    ],
    [
      'a renamed table',
      async () => [
        await bed.run(sql('create table raw.folk (id bigint primary key, email text, name text)')),
        await bed.run({ ...load('append', [PERSON, ...others(1, 5)], { into: 'raw.folk' }) }),
        await bed.run(sql('update raw.folk set name = lower(name)')),
        await bed.run(sql('alter table raw.folk rename to people')),
      ],
      /before_/,
    ],
  ];

  it.each(cases)('%s', async (_what, make, hides) => {
    const runs = await make();
    await analyze();
    expect((await places()).join(' ')).toMatch(hides);
    const { document } = await erase();
    expect(document.checks.filter((check) => !check.ok && check.severity === 'error')).toEqual([]);
    expect(await places()).toEqual([]);
    for (const run of [...runs].reverse()) {
      await bed.undo(run);
      expect(await placesIn(bed.warehouse.adminUrl, PLANTED)).toEqual([]);
    }
  });
});

it('undos after an erasure are exact for everybody else', async () => {
  const first = await bed.run(load('merge', [PERSON, ...others(1, 20)]));
  const pictures = [await bed.picture()];
  const second = await bed.run(
    load('merge', [`${ID},${EMAIL},other`, ...others(10, 30).map((row) => `${row} II`)]),
  );
  pictures.push(await bed.picture());
  const third = await bed.run(sql("update raw.people set name = 'x' where id % 2 = 1"));
  pictures.push(await bed.picture());
  const fourth = await bed.run(sql('delete from raw.people where id % 3 = 1'));
  await erase();
  for (const run of [fourth, third, second]) {
    await bed.undo(run);
    const before = pictures.pop()!['raw.people']!.filter((row) => !row.includes(EMAIL));
    expect((await bed.picture())['raw.people']).toEqual(before);
  }
  await bed.undo(first);
  expect(await bed.picture()).toEqual({});
});

it('an undo still refuses over rows that others took, besides those that were erased', async () => {
  const loaded = await bed.run(load('append', [PERSON, ...others(1, 5)]));
  await erase();
  await bed.rows('delete from raw.people where id = 3');
  expect(await problemOf(bed.undo(loaded))).toMatchObject({
    code: 'undo_refused',
    message: expect.stringMatching(/1 of the 5 rows/) as string,
  });
});

it('reaches tables built from it when asked to, and their kept rows; else says that they are there', async () => {
  const runs = [
    await bed.run(load('merge', [PERSON, ...others(1, 5)])),
    await bed.run(model('select id, name from raw.people')),
    await bed.run(model('select id, upper(name) as name from raw.people')),
  ];
  const told = await erase({ id: '1' });
  expect(told.proposal.changes[0]!.findings).toContainEqual(
    expect.objectContaining({
      rule: 'downstream_holds_copies',
      message: expect.stringMatching(/^marts\.people was built from raw\.people and has id/) as string,
    }),
  );
  await erase({ id: String(ID) }, { downstream: true });
  expect(await places()).toEqual([]);
  for (const run of [...runs].reverse()) {
    await bed.undo(run);
    expect(await places()).toEqual([]);
  }
});

it('reads quarantined rows by the format of their load, takes those of the person and names what it cannot read', async () => {
  bed.file(
    'bad.csv',
    people([
      `${ID},"${EMAIL}",${NAME},extra`,
      `x,${EMAIL},${NAME}`,
      'y,someone@example.org,Else',
      `z;${EMAIL};q`,
      '7,somebody@example.org,Fits',
    ]),
  );
  const ingest = {
    from: { files: 'bad.csv', types: { id: 'bigint' } },
    into: 'raw.people',
    quarantine: { limit: 9 },
  };
  const run = await bed.run({ goal: 'load', steps: [{ id: 'load', ingest }] });
  const { document } = await erase({ email: EMAIL });
  const left = await bed.rows<{ raw: string }>('select raw from sluice.quarantine order by line');
  expect(left.map(({ raw }) => raw)).toEqual(['y,someone@example.org,Else', `z;${EMAIL};q`]);
  expect(document.checks).toContainEqual(
    expect.objectContaining({
      name: 'erase: quarantine to review',
      message: expect.stringMatching(/bad\.csv:5/) as string,
    }),
  );
  expect(JSON.stringify(document)).not.toContain(EMAIL);
  await bed.undo(run);
});

it('keeps the values out of everything that stays: artifacts, runs, events, the ledger, logs', async () => {
  await bed.run(load('append', [PERSON, ...others(1, 3)]));
  const proposed = await (async () => {
    const request = await bed.services.store.erasures.ask({ email: EMAIL }, 'ann');
    return bed.propose({
      goal: 'erase',
      steps: [{ id: 'erase', erase: { table: 'raw.people', columns: ['email'], request } }],
    });
  })();
  expect(await places([EMAIL])).toContain('store public.erasure_request');
  expect(proposed.proposal.changes[0]).toMatchObject({
    risk: 'destructive',
    lossy: [expect.stringMatching(/^cannot be undone, by intent/)],
    undo: '-- cannot be undone, by intent',
  });
  expect(proposed.proposal.gates[0]).toMatchObject({ approvers: 2, confirm: ['raw.people'] });
  const run = await bed.finish(proposed);
  expect(await places([EMAIL])).toEqual([]);
  expect(bed.log.join('\n')).not.toContain(EMAIL);
  expect(await problemOf(bed.undo(run))).toMatchObject({
    code: 'undo_refused',
    message: expect.stringMatching(/by intent/) as string,
  });
});

it('happens once: a second attempt finds it done, also when the values are gone', async () => {
  await bed.run(load('append', [PERSON, ...others(1, 3)]));
  const request = await bed.services.store.erasures.ask({ id: String(ID) }, 'ann');
  const { run, changes, digest, ref } = await bed.propose({
    goal: 'erase',
    steps: [{ id: 'erase', erase: { table: 'raw.people', columns: ['id'], request } }],
  });
  const once = await bed.activity('apply', { run, change: changes[0]!, digest, proposal: ref });
  await bed.services.store.erasures.forget(run.runId);
  expect(await bed.activity('apply', { run, change: changes[0]!, digest, proposal: ref })).toEqual(once);
  expect(once.rows.deleted).toBe(1);
});

it('an undo consults what was erased: a copy that came back another way is filtered out, a later row of the same key is not', async () => {
  await bed.run(load('merge', [PERSON, ...others(1, 3)]));
  const deleted = await bed.run(sql('delete from raw.people where id > 2'));
  const [kept] = await bed.aside();
  await bed.rows(`create table copy as table sluice.${kept}`);
  await erase();
  // Somebody restores the before-image from a backup.
  await bed.rows(`delete from sluice.${kept}; insert into sluice.${kept} table copy; drop table copy`);
  expect(await places()).not.toEqual([]);
  await bed.undo(deleted);
  expect(await bed.rows('select id::int from raw.people order by 1')).toEqual([
    { id: 1 },
    { id: 2 },
    { id: 3 },
  ]);

  const again = await bed.run(load('merge', [PERSON]));
  const gone = await bed.run(sql('delete from raw.people where id > 2'));
  await bed.undo(gone);
  expect(await bed.rows(`select count(*)::int as n from raw.people where id = ${ID}`)).toEqual([{ n: 1 }]);
  await bed.undo(again);
});

it('an undo is refused where nobody knows the key of what was erased', async () => {
  await bed.run(load('merge', [PERSON, ...others(1, 3)]));
  const deleted = await bed.run(sql('delete from raw.people where id > 2'));
  await erase();
  await bed.rows(`update sluice.erasure set key_id = 'another'`);
  expect(await problemOf(bed.undo(deleted))).toMatchObject({
    code: 'undo_refused',
    message: expect.stringMatching(/not in this store/) as string,
  });
});

it('says what is wrong with what was asked', async () => {
  await bed.run(load('append', others(1, 3)));
  await bed.rows(`create table raw.child (person bigint); alter table raw.people add unique (id);
    alter table raw.child add foreign key (person) references raw.people (id); insert into raw.child values (2); create view raw.v as select 1 as id`);
  const ask = (where: Record<string, string>, table = 'raw.people'): Promise<unknown> =>
    problemOf(erase(where, {}, table));
  expect(await ask({ emial: 'a' })).toMatchObject({
    code: 'target_mismatch',
    message: 'raw.people has no column emial; it has id, email, name.',
  });
  expect(await ask({ id: '1' }, 'raw.nobody')).toMatchObject({ code: 'not_found' });
  expect(await ask({ id: '1' }, 'raw.v')).toMatchObject({
    code: 'target_mismatch',
    message: expect.stringMatching(/not a table/) as string,
  });
  const unfit = await ask({ id: 'abc-secret' });
  expect(unfit).toMatchObject({
    code: 'usage',
    message: 'The value given for id is no bigint, which the column id of raw.people is.',
  });
  expect(JSON.stringify(unfit)).not.toContain('abc-secret');
  expect(await ask({ id: '2' })).toMatchObject({
    code: 'target_mismatch',
    message: expect.stringMatching(/raw\.child refer/) as string,
  });
  expect(
    await problemOf(
      bed.propose({
        goal: 'erase',
        steps: [
          { id: 'e', erase: { table: 'raw.people', columns: ['id'], request: `er_${'0'.repeat(24)}` } },
        ],
      }),
    ),
  ).toMatchObject({ code: 'not_found' });
});

it('does not have the triggers of a dropped table act, and says which of a standing one will', async () => {
  await bed.run(load('merge', [PERSON, ...others(1, 3)]));
  await bed.rows(`create table raw.seen (was text); alter table raw.seen owner to sluice_writer;
    create function raw.note() returns trigger language plpgsql as 'begin insert into raw.seen values (old.email); return old; end';
    create trigger note before delete on raw.people for each row execute function raw.note()`);
  const standing = await bed.services.store.erasures.ask({ id: String(ID) }, 'ann');
  const step = { table: 'raw.people', columns: ['id'], request: standing };
  const { run, proposal } = await bed.propose({ goal: 'erase', steps: [{ id: 'erase', erase: step }] });
  await bed.services.store.erasures.forget(run.runId);
  expect(proposal.changes[0]!.findings).toContainEqual(
    expect.objectContaining({ rule: 'trigger_sees_rows', severity: 'warning' }),
  );
  await bed.run(sql('drop table raw.people'));
  await erase();
  expect(await places()).toEqual([]);
  await bed.rows('drop function raw.note() cascade');
});

it('is refused before anybody is asked where rows of others refer to a person, whatever the foreign key would do to them', async () => {
  await bed.run(load('append', others(1, 3)));
  await bed.rows(`alter table raw.people add unique (id);
    create table raw.child (person bigint references raw.people (id) on delete cascade); insert into raw.child values (1), (1), (2);
    alter table raw.child owner to sluice_writer; grant select on raw.child to sluice_reader`);
  expect(await problemOf(erase({ id: '1' }))).toMatchObject({
    code: 'target_mismatch',
    message: expect.stringContaining(
      '2 rows of raw.child (foreign key child_person_fkey, ON DELETE CASCADE)',
    ) as string,
  });
  expect(await bed.rows('select count(*)::int as n from raw.child')).toEqual([{ n: 3 }]);
  await erase({ id: '3' });
  expect(await bed.rows('select count(*)::int as n from raw.child')).toEqual([{ n: 3 }]);
});

it('refuses where row security hides rows from the role that writes', async () => {
  await bed.run(load('append', others(1, 3)));
  await bed.rows(
    'alter table raw.people enable row level security; alter table raw.people force row level security',
  );
  expect(await problemOf(erase({ id: '1' }))).toMatchObject({
    code: 'permission_denied',
    message: expect.stringMatching(/^Row security may hide rows of raw\.people from the role/) as string,
    place: 'raw.people',
  });
});

it('names asks in which a value stands, and not the value', async () => {
  await bed.run(load('append', [PERSON]));
  const { asks, artifacts } = bed.services.store;
  const input = await artifacts.put('ask_input', Buffer.from('{}'));
  await asks.begin({ askId: 'ask-zoe', by: 'ann', input, text: `who is ${EMAIL}?` });
  const { document } = await erase({ email: EMAIL });
  expect(document.checks).toContainEqual(
    expect.objectContaining({
      name: 'erase: texts to review',
      message: expect.stringMatching(/: ask ask-zoe$/) as string,
    }),
  );
  expect(JSON.stringify(document)).not.toContain(EMAIL);
  await bed.services.store.db.deleteFrom('ask').execute();
});

it('a request that nobody took up is swept', async () => {
  await bed.services.store.erasures.ask({ email: EMAIL }, 'ann');
  const store = new Client({ connectionString: bed.store.url });
  await store.connect();
  await store.query(`update erasure_request set requested_at = requested_at - interval '2 days'`);
  await bed.run({ goal: 'other', steps: [{ id: 'x', check: { sql: 'select 1 where false' } }] });
  // Something must be due for a sweep to run at all.
  await bed.services.store.artifacts.put('other', Buffer.from('unused'));
  await store.query(`update artifact set created_at = created_at - interval '2 years' where kind = 'other'`);
  await bed.sweep();
  expect((await store.query('select from erasure_request where run_id is null')).rows).toEqual([]);
  await store.end();
});

describe('a rehearsal that sampled the rows before they were erased', () => {
  const sampling = model('select id, email from raw.people');
  const samplesIn = (shadow: string): Promise<string[]> => {
    const url = new URL(bed.warehouse.adminUrl);
    url.pathname = `/${shadow}`;
    return placesIn(url.href, [EMAIL]);
  };
  const shadows = async (run: { runId: string }): Promise<string[]> => {
    const found = await bed.rows<{ name: string }>(
      'select datname as name from pg_database where datname = $1',
      [shadowDatabase(run.runId)],
    );
    return found.map(({ name }) => name);
  };
  /** The first half of a rehearsal: the shadow is there, with samples, and its worker is connected to it. */
  async function rehearsing() {
    await bed.run(load('merge', [PERSON, ...others(1, 3)]));
    await bed.rows('create schema if not exists marts authorization sluice_writer');
    const { run, changes } = await bed.propose(sampling);
    await bed.activity('openShadow', run);
    await bed.activity('rehearse', { run, change: changes[0]!, made: {} });
    const [shadow] = await shadows(run);
    expect(await samplesIn(shadow!)).not.toEqual([]);
    return { run, changes };
  }

  it('has the time to end; the erasure ends after it, and nothing holds the rows', async () => {
    const { run } = await rehearsing();
    const erasing = erase();
    await bed.rows(`select pg_sleep(0.5)`);
    expect(await shadows(run)).toHaveLength(1);
    await bed.activity('dropShadow', run);
    await erasing;
    expect(await shadows(run)).toEqual([]);
  });

  it('loses its shadow when it does not end in time, and says to run again', async () => {
    const { run, changes } = await rehearsing();
    const request = await bed.services.store.erasures.ask({ id: String(ID) }, 'ann');
    const step = { id: 'erase', erase: { table: 'raw.people', columns: ['id'], request } };
    await bed.run({ goal: 'erase', steps: [step] }, { shadows: '300ms' });
    expect(await shadows(run)).toEqual([]);
    expect(await problemOf(bed.activity('rehearse', { run, change: changes[0]!, made: {} }))).toMatchObject({
      code: 'rehearsal_failed',
      message: expect.stringContaining('for an erasure') as string,
    });
  });
});
