import { authenticateToken } from '../../../governance/identity/local';
import { Management } from '../../../governance/identity/manage';
import { SCOPES, type Scope } from '../../../governance/identity/names';
import { type Authenticated, assertScope } from '../../../governance/identity/subject';
import { newToken } from '../../../governance/identity/token-text';
import { openStore, type Store } from '../../../store/store';
import { problemOf } from '../../client/support/problem';
import { testDatabase, type TestDatabase } from '../../support/postgres';

const DAY = 86_400_000;
const root: Authenticated = { by: 'root', verified: false, roles: [], method: 'os', scopes: SCOPES };

describe('local users and their tokens', () => {
  let database: TestDatabase;
  let store: Store;
  let management: Management;
  beforeEach(async () => {
    database = await testDatabase('identity', { ledger: false });
    store = await openStore(database.url, 2);
    management = await Management.as(store, root);
  });
  afterEach(async () => {
    await store.close();
    await database.drop();
  });
  const create = async (scopes: readonly Scope[] = ['decide'], expiresMs = DAY) => {
    if (!(await store.identity.users.get('ann'))) await management.addUser('ann', ['dba'], []);
    return management.createToken('ann', { scopes, expiresMs });
  };
  /** A refusal, as who presents the token sees it. */
  const refusal = (token: string) => problemOf(authenticateToken(store, token));

  it('a token says whose it is, with the roles they have now', async () => {
    const { token, id } = await create();
    await management.changeRoles('ann', ['owner'], ['dba']);
    expect(await authenticateToken(store, token)).toMatchObject({
      by: 'ann',
      verified: true,
      roles: ['owner'],
      scopes: ['decide'],
      method: 'token',
      identity: `token:${id}`,
    });
  });

  it('a token is nowhere in the store, only its hash', async () => {
    const { token } = await create();
    const rows = await store.db.selectFrom('user_token').selectAll().execute();
    const audit = await store.db.selectFrom('event').selectAll().execute();
    expect(JSON.stringify([rows, audit])).not.toContain(token.slice(4));
    expect(rows[0]!.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('notes when a token was last used', async () => {
    const { token } = await create();
    expect((await store.identity.tokens.list())[0]!.lastUsedAt).toBeNull();
    await authenticateToken(store, token);
    expect((await store.identity.tokens.list())[0]!.lastUsedAt).toBeInstanceOf(Date);
  });

  it.each<[string, () => Promise<string>, string]>([
    ['that nobody has', () => Promise.resolve(newToken()), 'token_invalid'],
    ['that is none', () => Promise.resolve('slt_short'), 'token_invalid'],
    [
      'with one character changed',
      async () => (await create()).token.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')),
      'token_invalid',
    ],
    [
      'that was revoked',
      async () => {
        const { token, id } = await create();
        await management.revokeToken(id);
        return token;
      },
      'token_invalid',
    ],
    [
      'whose user was removed',
      async () => {
        const { token } = await create();
        await management.removeUser('ann');
        return token;
      },
      'token_invalid',
    ],
    [
      'that has expired',
      async () => {
        const { token } = await create(['decide'], 1);
        await new Promise((resolve) => setTimeout(resolve, 10));
        return token;
      },
      'token_expired',
    ],
  ])('a token %s is refused', async (_what, make, code) => {
    const problem = await refusal(await make());
    expect(problem).toMatchObject({ code, next: expect.stringContaining('sluice') as string });
  });

  it('a token is for its scopes only', async () => {
    const who = await authenticateToken(store, (await create(['run', 'read'])).token);
    expect(() => assertScope(who, 'run', 'this')).not.toThrow();
    expect(
      await problemOf(Promise.resolve().then(() => assertScope(who, 'decide', 'a decision'))),
    ).toMatchObject({
      code: 'token_scope',
    });
  });

  it('names are one spelling, and belong to one person', async () => {
    await management.addUser('ann', [], []);
    expect(await problemOf(management.addUser('ann', [], []))).toMatchObject({ code: 'identity_conflict' });
    for (const name of ['Ann', ' ann', 'a b', '', '-x', 'ä'])
      expect(await problemOf(management.addUser(name, [], []))).toMatchObject({ code: 'usage' });
  });

  it('an identity of an issuer is one person, whatever name it had before', async () => {
    const { users } = store.identity;
    const identity = { issuer: 'https://id.example.com', subject: '7' };
    expect(await users.seen(identity, 'ann@example.com')).toMatchObject({
      name: 'ann@example.com',
      linked: false,
    });
    await management.addUser('ann', ['dba'], [identity]);
    expect(await users.seen(identity, 'ann@example.com')).toEqual({
      name: 'ann',
      roles: ['dba'],
      linked: true,
    });
    // A claim that changes makes nobody else of them.
    expect(await users.seen(identity, 'boss@example.com')).toMatchObject({ name: 'ann' });
    await management.addUser('bob', [], []);
    expect(await problemOf(management.link('bob', identity))).toMatchObject({ code: 'identity_conflict' });
  });

  it('an identity does not take the name of a user, nor of another identity', async () => {
    const { users } = store.identity;
    await management.addUser('ann', [], []);
    expect(await users.seen({ issuer: 'https://a.example', subject: '1' }, 'ann')).toBeUndefined();
    await users.seen({ issuer: 'https://a.example', subject: '1' }, 'bob');
    expect(await users.seen({ issuer: 'https://b.example', subject: '1' }, 'bob')).toBeUndefined();
    expect(await problemOf(management.addUser('bob', [], []))).toMatchObject({ code: 'identity_conflict' });
  });

  it('are managed by anybody at the store until somebody is an admin, and then by admins', async () => {
    await management.addUser('ann', ['admin'], []);
    expect(await problemOf(Management.as(store, root))).toMatchObject({ code: 'permission_denied' });
    const admin: Authenticated = { ...root, by: 'ann', verified: true, roles: ['admin'] };
    await (await Management.as(store, admin)).addUser('bob', [], []);
    expect(await problemOf(Management.as(store, { ...admin, scopes: ['decide'] }))).toMatchObject({
      code: 'token_scope',
    });
    // Whoever only says so is not.
    expect(await problemOf(Management.as(store, { ...admin, verified: false }))).toMatchObject({
      code: 'permission_denied',
    });
  });

  it('leave a trail in the audit log', async () => {
    const { id } = await create();
    await management.revokeToken(id);
    await management.removeUser('ann');
    const entries = await store.db.selectFrom('audit').select(['action', 'actor']).orderBy('seq').execute();
    expect(entries.map(({ action }) => action)).toEqual([
      'user_added',
      'token_created',
      'token_revoked',
      'user_removed',
    ]);
    expect(new Set(entries.map(({ actor }) => actor))).toEqual(new Set(['root']));
  });
});
