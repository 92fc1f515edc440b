import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Management } from '../../../governance/identity/manage';
import { SCOPES } from '../../../governance/identity/names';
import { signInByDevice } from '../../../governance/identity/oidc/device';
import { authenticateIdToken } from '../../../governance/identity/oidc/verify';
import { choosePort } from '../../../runtime/ports';
import { identitySchema, type IdentityConfig } from '../../../schemas/identity';
import { openStore, type Store } from '../../../store/store';
import { problemOf } from '../../client/support/problem';
import { testDatabase, type TestDatabase } from '../../support/postgres';

jest.setTimeout(60_000);

const HOUR = 3_600_000;

/** The real `oidc-provider` in a process of its own; tokens that it would never give are forged with `jose`. */
describe('an identity of an OpenID issuer', () => {
  let database: TestDatabase;
  let store: Store;
  let port: number;
  let issuer: string;
  let config: IdentityConfig;
  let provider: ChildProcess;
  const start = async (...kids: string[]): Promise<void> => {
    provider = fork(path.join(__dirname, 'provider.mjs'), [String(port), ...kids], { silent: true });
    await once(provider, 'message');
  };
  const stop = async (): Promise<void> => {
    provider.kill('SIGKILL');
    await once(provider, 'exit');
  };
  const tell = async (message: object): Promise<void> => {
    provider.send(message);
    await once(provider, 'message');
  };
  /** An id token, by the device flow: the person confirms before the program first asks. */
  const signIn = (accountId: string, deny = false): Promise<string> => {
    let confirmed: Promise<void> | undefined;
    return signInByDevice(
      store,
      config.oidc[0]!,
      ({ code }) => {
        confirmed = tell({ userCode: code, accountId, deny });
      },
      () => confirmed!,
    );
  };
  const who = (token: string, now?: Date) => authenticateIdToken(store, config, token, now);
  const later = (ms: number): Date => new Date(Date.now() + ms);

  beforeAll(async () => {
    port = await choosePort({
      what: 'the test issuer',
      key: '-',
      from: 41_000 + Math.floor(Math.random() * 9_000),
    });
    issuer = `http://127.0.0.1:${port}`;
    config = identitySchema.parse({
      oidc: [
        {
          issuer,
          audience: 'sluice',
          clientId: 'sluice',
          rolesClaim: 'groups',
          roleMap: { 'dwh-admins': 'dba' },
        },
      ],
    });
    await start('one');
  });
  afterAll(stop);
  beforeEach(async () => {
    database = await testDatabase('oidc', { ledger: false });
    store = await openStore(database.url, 2);
  });
  afterEach(async () => {
    await store.close();
    await database.drop();
  });

  it('signs in by the device flow, with a name, and the roles that are mapped', async () => {
    expect(await who(await signIn('ann'))).toMatchObject({
      by: 'ann@example.com',
      verified: true,
      roles: ['dba'],
      method: 'oidc',
      identity: `oidc:${issuer}#ann`,
    });
  });

  it('that is refused there is not signed in here', async () => {
    expect(await problemOf(signIn('ann', true))).toMatchObject({ code: 'token_invalid' });
  });

  it('that is linked to a user is that user, whichever way they sign in', async () => {
    const root = { by: 'root', verified: false, roles: [], method: 'os' as const, scopes: SCOPES };
    const management = await Management.as(store, root);
    await management.addUser('ann', ['owner'], [{ issuer, subject: 'ann' }]);
    expect(await who(await signIn('ann'))).toMatchObject({ by: 'ann', roles: ['dba', 'owner'] });
  });

  it('that would have the name of a user is not that user', async () => {
    await store.identity.users.add({ name: 'ann@example.com', roles: [], addedBy: 'root', oidc: [] });
    const problem = await problemOf(who(await signIn('ann')));
    expect(problem).toMatchObject({ code: 'identity_conflict' });
    expect(problem.next).toContain('sluice user link');
  });

  it('has its time: expired, or from the future, beyond what clocks may differ', async () => {
    const token = await signIn('ann');
    const { exp, iat } = (await import('jose')).decodeJwt(token);
    const at = (seconds: number): Date => new Date(seconds * 1000);
    await expect(who(token, at(exp! + 30))).resolves.toMatchObject({ verified: true });
    expect(await problemOf(who(token, at(exp! + 90)))).toMatchObject({ code: 'token_expired' });
    await expect(who(token, at(iat! - 30))).resolves.toMatchObject({ verified: true });
    expect(await problemOf(who(token, at(iat! - 90)))).toMatchObject({ code: 'token_invalid' });
  });

  describe('that is forged', () => {
    const claims = () => ({ iss: issuer, aud: 'sluice', sub: 'ann', email: 'ann@example.com' });
    const forge = async (over: object, alg = 'RS256', kid = 'one'): Promise<string> => {
      const jose = await import('jose');
      const jwt = new jose.SignJWT({ ...claims(), ...over }).setProtectedHeader({ alg, kid });
      jwt.setIssuedAt().setExpirationTime('1h');
      if (alg === 'HS256') {
        // Keyed with what is public, as a library that does not look at the algorithm would accept it.
        const keys = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: object[] };
        return jwt.sign(new TextEncoder().encode(JSON.stringify(keys.keys[0])));
      }
      return jwt.sign((await jose.generateKeyPair(alg)).privateKey);
    };
    const unsigned = (): string => {
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const exp = Math.floor(Date.now() / 1000) + 600;
      return `${part({ alg: 'none' })}.${part({ ...claims(), iat: exp - 600, exp })}.`;
    };

    it.each<[string, () => Promise<string>]>([
      ['with another key', () => forge({})],
      ['with a key nobody knows', () => forge({}, 'RS256', 'mine')],
      ['with a secret that is public', () => forge({}, 'HS256')],
      ['with alg none', () => Promise.resolve(unsigned())],
      ['of another issuer', () => forge({ iss: 'https://evil.example.com' })],
      [
        'with other claims under a real signature',
        async () => {
          const [head, , signature] = (await signIn('ann')).split('.');
          const body = Buffer.from(JSON.stringify({ ...claims(), sub: 'boss' })).toString('base64url');
          return `${head}.${body}.${signature}`;
        },
      ],
      ['or no token at all', () => Promise.resolve('not.a.token')],
    ])('%s is refused', async (_what, make) => {
      expect(await problemOf(who(await make()))).toMatchObject({ code: 'token_invalid' });
      expect(await store.db.selectFrom('user_oidc').selectAll().execute()).toEqual([]);
    });

    it('for another audience is refused', async () => {
      const token = await signIn('ann');
      const other = { ...config, oidc: [{ ...config.oidc[0]!, audience: 'another' }] };
      expect(await problemOf(authenticateIdToken(store, other, token))).toMatchObject({
        code: 'token_invalid',
      });
    });
  });

  it('verifies while its issuer is down, for a bounded time; a new key is fetched once it is back', async () => {
    const token = await signIn('ann');
    await who(token);
    await stop();
    await expect(who(token, later(HOUR / 2))).resolves.toMatchObject({ by: 'ann@example.com' });
    const brief = { ...config, keysMaxAge: '15m' };
    expect(await problemOf(authenticateIdToken(store, brief, token, later(HOUR / 2)))).toMatchObject({
      code: 'issuer_unreachable',
    });
    expect(await problemOf(signIn('ann'))).toMatchObject({ code: 'issuer_unreachable' });
    await start('two');
    const keys = await store.identity.keys.get(issuer);
    const rotated = await signIn('ann');
    // As a process that has fetched nothing since would find them.
    await store.identity.keys.put(issuer, keys!);
    await expect(who(rotated)).resolves.toMatchObject({ by: 'ann@example.com' });
    expect(await problemOf(who(token))).toMatchObject({ code: 'token_invalid' });
  });
});
