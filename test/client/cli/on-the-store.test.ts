import { stripVTControlCharacters } from 'node:util';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { renderStatus } from '../../../client/cli/commands/status';
import { runCli } from '../../../client/cli/run';
import { Management } from '../../../governance/identity/manage';
import { SCOPES } from '../../../governance/identity/names';
import { withClient } from '../../../runtime/postgres/connect';
import type { StatusDocument } from '../../../runtime/stack/status';
import type { StandingGrant } from '../../../schemas/standing';
import { openRuns } from '../../../store/open-runs';
import { openStore, type Store } from '../../../store/store';
import { testDatabase, type TestDatabase } from '../../support/postgres';
import { surroundings } from '../support/surroundings';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await testDatabase('cli_store', { ledger: false });
  store = await openStore(database.url, 2);
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

/** A command that needs the store alone, as it is typed where the configuration places the store elsewhere. */
async function typed(args: string[], env: NodeJS.ProcessEnv = {}) {
  const around = surroundings();
  const { host, port, password } = database;
  const at = `host: ${host}, port: ${port}, database: ${database.database}, user: sluice_writer`;
  const config = `store: { ${at}, password: secret://store }\ntemporal: { address: "127.0.0.1:1" }\n`;
  writeFileSync(path.join(around.cwd, 'sluice.config.yaml'), config);
  Object.assign(around.env, { SLUICE_SECRET_STORE: password, HOME: around.cwd, ...env });
  const code = await runCli([...args, '--json'], around);
  const { stdout, stderr } = around.output();
  return { code, said: stderr, document: JSON.parse(stdout) as Record<string, unknown> };
}

describe('standing revoke', () => {
  const grant = (id: string): Promise<StandingGrant> =>
    store.standing.grant(
      {
        ...{ id, goal: 'daily', runId: `run-of-${id}`, digest: 'd', by: 'ann', verified: true },
        ...{ roles: [], key: 'k', bounds: {} },
      },
      86_400_000,
    );
  const recorded = (id: string) =>
    store.db.selectFrom('event').selectAll().where('run_id', '=', `run-of-${id}`).execute();

  it('is on record as done by who is signed in, who cannot do it under another name', async () => {
    await grant('standing-1');
    const root = { by: 'root', verified: false, roles: [], method: 'os' as const, scopes: SCOPES };
    const management = await Management.as(store, root);
    await management.addUser('eve', [], []);
    const lifetime = { scopes: ['decide'] as const, expiresMs: 60_000 };
    const { token } = await management.createToken('eve', lifetime);
    const asEve = { SLUICE_TOKEN: token };

    expect(await typed(['standing', 'revoke', 'standing-1', '--by', 'ann'], asEve)).toMatchObject({
      code: 2,
      document: { error: { code: 'usage' } },
    });
    const { token: readOnly } = await management.createToken('eve', { ...lifetime, scopes: ['read'] });
    expect(await typed(['standing', 'revoke', 'standing-1'], { SLUICE_TOKEN: readOnly })).toMatchObject({
      code: 2,
      document: { error: { code: 'token_scope' } },
    });
    expect(await recorded('standing-1')).toEqual([]);

    expect(await typed(['standing', 'revoke', 'standing-1'], asEve)).toMatchObject({
      code: 0,
      document: { revoked: [{ id: 'standing-1', revokedBy: 'eve' }] },
    });
    expect(await recorded('standing-1')).toMatchObject([
      { event: 'standing_revoked', actor: 'eve', data: { verified: true, method: 'token' } },
    ]);
  });

  it('by a name that nobody vouches for is on record as unverified', async () => {
    await grant('standing-2');
    expect(await typed(['standing', 'revoke', 'standing-2', '--by', 'mallory'])).toMatchObject({ code: 0 });
    expect(await recorded('standing-2')).toMatchObject([{ actor: 'mallory', data: { verified: false } }]);
  });
});

describe('lineage resend', () => {
  const event = async (key: string, state: 'parked' | 'delivered', hoursAgo: number): Promise<void> => {
    const at = new Date(Date.now() - hoursAgo * 3_600_000);
    await store.db
      .insertInto('lineage_event')
      .values({ key, run_id: 'r', event: '{}', at, file_state: 'delivered', http_state: state })
      .execute();
  };
  const waiting = async (): Promise<string[]> => {
    const found = store.db.selectFrom('lineage_event').select('key').where('http_state', '=', 'pending');
    return (await found.orderBy('id').execute()).map(({ key }) => key);
  };

  it('queues what was refused, or everything since a time, and says which', async () => {
    await event('old', 'delivered', 48);
    await event('refused', 'parked', 30);
    await event('new', 'delivered', 1);
    expect(await typed(['lineage', 'resend'])).toMatchObject({
      code: 0,
      document: { queued: 1, parked: 1, delivered: 0, off: 0 },
      said: expect.stringContaining('No endpoint is configured here') as string,
    });
    expect(await waiting()).toEqual(['refused']);
    const env = { OPENLINEAGE_URL: 'http://127.0.0.1:1' };
    const since = await typed(['lineage', 'resend', '--since', '6h'], env);
    expect(since).toMatchObject({ code: 0, said: '', document: { queued: 1, delivered: 1 } });
    expect(await waiting()).toEqual(['refused', 'new']);
    const audited = store.db.selectFrom('audit').select('data').where('action', '=', 'lineage_resent');
    expect(await audited.execute()).toHaveLength(2);
  });

  it('refuses a time that is none', async () => {
    expect(await typed(['lineage', 'resend', '--since', 'yesterday'])).toMatchObject({
      code: 2,
      document: { error: { code: 'usage' } },
    });
  });
});

describe('status', () => {
  it('says how many runs wait, what for and which, and where Temporal lists them', async () => {
    const bundle = await store.artifacts.putJson('bundle', { goal: 'g' });
    const statuses = [
      'waiting',
      'waiting',
      'held',
      'applying',
      'rehearsing',
      'succeeded',
      'waiting',
    ] as const;
    for (const [index, status] of statuses.entries()) {
      const runId = `open-${index}`;
      const ids = { runId, goal: 'g', workflowId: runId, temporalRunId: runId, bundle };
      await store.runs.begin({ ...ids, mode: 'apply', startedBy: 'ann' });
      await store.runs.became(runId, status);
    }
    const open = await withClient(database.url, 5_000, openRuns);
    expect(open).toMatchObject({ waiting: 3, held: 1, underWay: 2 });
    expect(open.oldest.map(({ runId }) => runId)).toEqual(['open-0', 'open-1', 'open-2']);
    const text = stripVTControlCharacters(renderStatus(UP, open));
    expect(text).toContain('3 wait for a decision, 1 failed and is held for a person, 2 under way');
    expect(text).toContain('sluice show open-0');
    expect(text).toContain("8233/namespaces/default/workflows?query=SluiceWaitingFor%3D'approval'");
  });

  const UP: StatusDocument = {
    ...{ ok: true, home: '/nowhere', cluster: false, supervisor: { pid: 1 }, workers: [], problems: [] },
    temporal: { address: '127.0.0.1:7233', namespace: 'default', ui: 'http://127.0.0.1:8233', pid: 1 },
    postgres: { url: null, readUrl: null, pid: 1 },
    worker: { pid: 1, taskQueue: 'sluice', metrics: null },
  };
});
