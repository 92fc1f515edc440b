import fc from 'fast-check';
import { Client } from 'pg';
import { GENESIS, isIntact } from '../../../governance/audit/entry';
import { rememberSecret } from '../../../governance/redact';
import { signHead } from '../../../governance/audit/keys';
import { verifyAudit, type FindingKind } from '../../../governance/audit/verify';
import type { SignedHead } from '../../../store/audit/log';
import { once } from '../../../store/once';
import { testLog, type TestLog } from './log';

describe('the audit log', () => {
  let log: TestLog;
  beforeAll(async () => {
    log = await testLog('audit');
  });
  afterAll(() => log.close());

  it('chains whatever it is told, hashed as RFC 8785 says', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 });
    const before = await log.store.audit.end();
    await fc.assert(
      fc.asyncProperty(text, text, fc.dictionary(text, fc.jsonValue()), async (actor, subject, data) => {
        await log.store.audit.append({ actor, action: 'happened', subject, data });
      }),
      { numRuns: 60 },
    );
    let [seq, prev] = [before.seq, before.hash];
    for await (const entry of log.store.audit.entries(before.seq)) {
      expect(entry).toMatchObject({ seq: seq + 1, prev });
      expect(isIntact(entry)).toBe(true);
      ({ seq, hash: prev } = entry);
    }
    expect(seq).toBe(before.seq + 60);
  });

  it('writes an entry once, however often the activity is tried', async () => {
    const work = async (): Promise<void> => {
      await log.store.record.event('run-1', 'held', 'ann', { attempt: Math.random() });
      await log.store.record.event('run-1', 'held', 'ann', { second: true });
    };
    const { seq } = await log.store.audit.end();
    await once('wf/record/7', work);
    await once('wf/record/7', work);
    expect((await log.store.audit.end()).seq).toBe(seq + 2);
    await once('wf/record/8', work);
    expect((await log.store.audit.end()).seq).toBe(seq + 4);
  });

  it('keeps appends from many connections in one chain', async () => {
    const { seq } = await log.store.audit.end();
    await Promise.all(
      Array.from({ length: 40 }, (_, nth) =>
        log.store.audit.append({ actor: 'a', action: 'x', subject: `${nth}` }),
      ),
    );
    const report = await verifyAudit({ entries: log.store.audit.entries(), heads: [], trusted: new Map() });
    expect(report).toMatchObject({ ok: true, seq: seq + 40 });
  });

  it('writes no secret that the process knows', async () => {
    rememberSecret('hunter2-hunter2');
    await log.store.record.event('r', 'failed', 'ann', { error: 'login with hunter2-hunter2 refused' });
    const all = [];
    for await (const entry of log.store.audit.entries()) all.push(entry.data);
    expect(all.join()).not.toContain('hunter2');
  });

  it.each([
    'update audit set actor = $1',
    'delete from audit where actor <> $1',
    'delete from audit_head where hash <> $1',
  ])('refuses the store’s own role: %s', async (statement) => {
    const client = new Client({ connectionString: log.database.url });
    await client.connect();
    await expect(client.query(statement, ['x'])).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  it('refuses even a superuser who does not switch the trigger off', async () => {
    const client = new Client({ connectionString: log.database.adminUrl });
    await client.connect();
    await expect(client.query('truncate audit')).rejects.toThrow(/only appended to: truncate of audit/);
    await expect(client.query(`update audit set actor = 'x'`)).rejects.toThrow(/only appended to/);
    await client.end();
  });
});

describe('what a superuser does to the table is found', () => {
  const ENTRIES = 8;
  let log: TestLog;
  let heads: SignedHead[];
  beforeEach(async () => {
    log = await testLog('audit_edit', ENTRIES);
    const end = await log.store.audit.end();
    heads = [signHead(log.key, { ...end, at: new Date().toISOString() })];
  });
  afterEach(() => log.close());

  async function edit(...statements: string[]): Promise<void> {
    const client = new Client({ connectionString: log.database.adminUrl });
    await client.connect();
    await client.query('alter table audit disable trigger audit_append_only');
    for (const statement of statements) await client.query(statement);
    await client.end();
  }
  const verify = async (chain = true) =>
    verifyAudit({
      entries: log.store.audit.entries(),
      heads,
      trusted: log.trusted,
      ...(chain ? { end: await log.store.audit.end() } : {}),
    });

  it('nothing, where nothing was done', async () => {
    expect(await verify()).toMatchObject({ ok: true, entries: ENTRIES, heads: 1, signedUpTo: ENTRIES });
  });

  const rehash = (from: number): string => `do $$ declare r record; p text; begin
    select coalesce((select hash from audit where seq = ${from - 1}), '${GENESIS}') into p;
    for r in select * from audit where seq >= ${from} order by seq loop
      update audit set prev = p, hash = encode(sha256(convert_to('{"action":' || to_json(action)::text || ',"actor":' ||
        to_json(actor)::text || ',"at":"' || at || '","data":' || data || ',"prev":"' || p || '","seq":' || seq ||
        ',"subject":' || to_json(subject)::text || '}', 'UTF8')), 'hex') where seq = r.seq returning hash into p;
    end loop;
    update audit_chain set hash = p;
  end $$`;

  it.each<[string, string[], FindingKind, number]>([
    ['an actor', [`update audit set actor = 'eve' where seq = 3`], 'edited', 3],
    ['a time by a millisecond', [`update audit set at = replace(at, 'Z', '0Z') where seq = 4`], 'edited', 4],
    ['data by one digit', [`update audit set data = replace(data, '5', '6') where seq = 5`], 'edited', 5],
    ['a space in the data', [`update audit set data = data || ' ' where seq = 5`], 'edited', 5],
    ['a hash', [`update audit set hash = repeat('a', 64) where seq = 2`], 'edited', 2],
    [
      'an entry and its hash',
      [`update audit set actor = 'eve' where seq = 3`, rehash(3).replace('seq >= 3', 'seq = 3')],
      'broken_link',
      4,
    ],
    ['a removed entry', ['delete from audit where seq = 4'], 'gap', 4],
    ['the first entry removed', ['delete from audit where seq = 1'], 'gap', 1],
    [
      'two that changed places',
      [
        'update audit set seq = -1 * seq where false',
        `alter table audit drop constraint audit_seq_check`,
        'update audit set seq = -2 where seq = 2',
        'update audit set seq = 2 where seq = 3',
        'update audit set seq = 3 where seq = -2',
      ],
      'edited',
      2,
    ],
    ['a cut tail', ['delete from audit where seq > 6'], 'cut_tail', 7],
    [
      'a cut tail and its trace',
      [
        'delete from audit where seq > 6',
        `update audit_chain set (seq, hash) = (select seq, hash from audit where seq = 6)`,
      ],
      'cut_tail',
      7,
    ],
    [
      'everything from an entry on written anew',
      [`update audit set actor = 'eve' where seq = 5`, rehash(5)],
      'rewritten',
      8,
    ],
  ])('%s', async (_what, statements, kind, seq) => {
    await edit(...statements);
    const { ok, findings } = await verify();
    expect(ok).toBe(false);
    expect(findings).toContainEqual(expect.objectContaining({ kind, seq }));
  });

  it('a head that somebody else signed', async () => {
    const other = await testLog('audit_other');
    heads.push(signHead(other.key, { seq: 2, hash: 'f'.repeat(64), at: new Date().toISOString() }));
    heads.push({ ...heads[0]!, hash: 'e'.repeat(64) });
    const { findings } = await verify();
    expect(findings.map(({ kind }) => kind).sort()).toEqual(['forged_head', 'unknown_key']);
    await other.close();
  });
});
