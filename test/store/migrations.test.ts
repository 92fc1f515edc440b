import { sql } from 'kysely';
import { MIGRATIONS } from '../../store/migrations/migrate';
import { openStore } from '../../store/store';
import { testDatabase, type TestDatabase } from '../support/postgres';

let database: TestDatabase | undefined;
const fresh = async (): Promise<string> => {
  database = await testDatabase('migrations', { ledger: false });
  return database.url;
};
afterEach(() => database?.drop());

it('processes that start at once bring an empty store to the newest version, each migration once', async () => {
  const url = await fresh();
  const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(url, 2)));
  const versions = sql<{ version: number }>`select version from store_version order by version`;
  const { rows } = await versions.execute(stores[0]!.db);
  expect(rows.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, at) => at + 1));
  await Promise.all(stores.map((store) => store.close()));
});

it('a worker of the version before works with a store that is one further', async () => {
  const url = await fresh();
  const store = await openStore(url, 2);
  await sql
    .raw(
      `insert into store_version (version) values (${MIGRATIONS.length + 1});
    alter table run add column of_the_next_version text;
    alter table lineage_output add column of_the_next_version text`,
    )
    .execute(store.db);
  await store.close();
  const before = await openStore(url, 2);
  await before.lineage.made(
    { runId: 'r', goal: 'g', step: 's' },
    [],
    [{ namespace: 'n', name: 'd', edges: [] }],
  );
  expect(await before.runs.find('nobody')).toEqual([]);
  await before.close();
});

/** An index of a rule that the same migration replaces; a check that then allows one value more. */
const LANDED = new Set([
  'drop index decision_once',
  'alter table run drop constraint run_mode_check',
  "alter table run add constraint run_mode_check check (mode in ('plan', 'apply', 'undo'))",
]);

it.each(MIGRATIONS.map((text, at) => [at + 1, text] as const))(
  'migration %i only adds: what a worker of the version before reads and writes stays',
  (_, text) => {
    const statements = text
      .replace(/\$\$[^]*?\$\$/g, '$$')
      .replace(/--.*$/gm, '')
      .split(';')
      .map((statement) => statement.trim().replace(/\s+/g, ' '))
      .filter((statement) => statement !== '' && !LANDED.has(statement));
    for (const statement of statements) {
      expect(statement).toMatch(/^(create|insert into|alter table|revoke) /);
      const table = /^alter table (\w+) /.exec(statement)?.[1];
      // Of a table that it makes itself it may say anything.
      if (table === undefined || text.includes(`create table ${table} `)) continue;
      for (const part of statement.replace(/^alter table \w+ /, '').split(/, (?=add |alter |drop )/)) {
        expect(part).toMatch(/^add column /);
        if (/ not null/.test(part)) expect(part).toMatch(/ default /);
      }
    }
  },
);
