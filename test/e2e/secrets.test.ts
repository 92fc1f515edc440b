import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { rememberSecret } from '../../governance/redact';
import { testDatabase, type TestDatabase } from '../support/postgres';
import { realEngine, type RealEngine } from './in-process';

jest.setTimeout(120_000);

const SECRET = `pa55-${randomBytes(12).toString('hex')}`;

describe('invariant 5: a secret of a connection', () => {
  let engine: RealEngine;
  let source: TestDatabase;
  let admin: Client;
  const role = `source_${randomBytes(4).toString('hex')}`;
  let value = SECRET;

  beforeAll(async () => {
    source = await testDatabase('crm', { ledger: false });
    admin = new Client({ connectionString: source.adminUrl });
    await admin.connect();
    await admin.query(`create role ${role} login password '${SECRET}'`);
    await admin.query(`grant connect on database ${source.database} to ${role}`);
    await admin.query(
      `create table customers (id int primary key, name text); insert into customers values (1, 'ann')`,
    );
    await admin.query(`grant select on customers to ${role}`);
    const crm = {
      kind: 'postgres' as const,
      host: source.host,
      port: source.port,
      database: source.database,
      readUser: role,
      readPassword: 'secret://crm',
      ssl: 'disable' as const,
      environment: 'dev' as const,
    };
    engine = await realEngine('secrets', {
      config: { connections: { crm } },
      resolveSecret: () => {
        rememberSecret(value);
        return Promise.resolve(value);
      },
    });
  });
  afterAll(async () => {
    await engine?.close();
    await admin.query(`drop owned by ${role}; drop role ${role}`);
    await admin.end();
    await source.drop();
  });

  const load = (into: string) => ({
    goal: 'customers',
    steps: [{ id: 'load', ingest: { from: { postgres: 'crm', table: 'public.customers' }, into } }],
  });

  /** Everything that is written down about a run, anywhere. */
  async function traces(workflowId: string): Promise<string> {
    const { events } = await engine.client.workflow.getHandle(workflowId).fetchHistory();
    const history = JSON.stringify(events, (_key, item: unknown) =>
      item instanceof Uint8Array || (item as { type?: string } | null)?.type === 'Buffer'
        ? Buffer.from(item as Uint8Array).toString('utf8')
        : item,
    );
    const { db } = engine.services.store;
    const artifacts = (await db.selectFrom('artifact').select('body').execute()).map((row) =>
      row.body.toString('utf8'),
    );
    const others = await Promise.all([
      db.selectFrom('run').selectAll().execute(),
      db.selectFrom('event').selectAll().execute(),
      db.selectFrom('decision').selectAll().execute(),
      engine.admin.query('select * from sluice.change').then((result) => result.rows as unknown[]),
      engine.admin.query('select * from sluice.load').then((result) => result.rows as unknown[]),
    ]);
    return [history, ...artifacts, JSON.stringify(others), ...engine.log].join('\n');
  }

  it('loads, and stands in no history, artifact, record or log', async () => {
    value = SECRET;
    const handle = await engine.start(load('crm.customers'));
    await engine.approve(handle);
    expect(await engine.outcome(handle)).toMatchObject({
      status: 'succeeded',
      steps: [{ rows: { inserted: 1 } }],
    });
    const written = await traces(handle.workflowId);
    expect(written).toContain('crm.customers');
    expect(written).not.toContain(SECRET);
  });

  it('that is wrong fails clearly, and is not quoted in the error', async () => {
    value = `wrong-${SECRET}`;
    const handle = await engine.start(load('crm.others'));
    expect(await engine.outcome(handle)).toMatchObject({
      status: 'rolled_back',
      error: { code: 'authentication_failed', step: 'load' },
    });
    expect(await traces(handle.workflowId)).not.toContain(SECRET);
  });

  it('that a statement quotes in its error is blanked', async () => {
    value = SECRET;
    const query = `select 1 / (case when name = '${SECRET}' then 1 else 0 end) as x from customers`;
    const handle = await engine.start({
      goal: 'quotes',
      steps: [{ id: 'load', ingest: { from: { postgres: 'crm', query }, into: 'crm.x' } }],
    });
    const { error } = await engine.outcome(handle);
    expect(error).toBeDefined();
    expect(JSON.stringify(error)).not.toContain(SECRET);
    expect(engine.log.join('\n')).not.toContain(SECRET);
  });
});
