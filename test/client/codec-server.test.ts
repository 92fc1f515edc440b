import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { startCodecServer, type CodecServer } from '../../client/codec/server';
import { firstOf, sharedToken } from '../../client/codec/authenticate';
import { people } from '../../client/codec/people';
import { keyId } from '../../governance/codec/keys';
import { EncryptionCodec } from '../../governance/codec/payload-codec';
import type { Scope } from '../../governance/identity/names';
import { hashOfToken, newToken } from '../../governance/identity/token-text';
import { openStore } from '../../store/store';
import { testDatabase } from '../support/postgres';

describe('the codec server', () => {
  const key = randomBytes(32);
  const codec = new EncryptionCodec({
    active: keyId(key),
    keys: new Map([[keyId(key), createSecretKey(key)]]),
  });
  const lines: string[] = [];
  let server: CodecServer;
  beforeAll(async () => {
    server = await startCodecServer({
      ...{ codec, namespace: 'data', origins: ['http://ui.example'], port: 0 },
      authenticate: firstOf(
        (bearer) =>
          bearer === 'runs-only'
            ? Promise.resolve({ by: 'bob', roles: [], scopes: ['run'] })
            : Promise.reject(new Error('not bob’s')),
        async (bearer) =>
          bearer === 'runs-only'
            ? { by: 'bob', roles: [], scopes: ['run'] }
            : sharedToken(() => Promise.resolve('s3same'))(bearer),
      ),
      log: (fields, message) => void lines.push(`${message} ${JSON.stringify(fields)}`),
    });
  });
  afterAll(() => server.close());

  const plain = {
    metadata: { encoding: Buffer.from('json/plain').toString('base64') },
    data: Buffer.from('"raw.invoices"').toString('base64'),
  };
  const post = async (
    what: string,
    body: unknown,
    headers: Record<string, string> = { authorization: 'Bearer s3same' },
  ): Promise<{
    status: number;
    body: { payloads: (typeof plain)[]; error?: { code: string } };
    headers: Headers;
  }> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${server.url}${what}`, { method: 'POST', body: text, headers });
    return { status: response.status, body: (await response.json()) as never, headers: response.headers };
  };

  it('encodes and decodes payloads as Temporal’s protocol has them', async () => {
    const encoded = await post('/encode', { payloads: [plain] });
    expect(encoded.status).toBe(200);
    expect(Buffer.from(encoded.body.payloads[0]!.metadata.encoding, 'base64').toString()).toBe(
      'binary/encrypted',
    );
    expect((await post('/decode', encoded.body)).body).toEqual({ payloads: [plain] });
  });

  it.each([
    ['no token', {}, 401, 'authentication_failed'],
    ['another token', { authorization: 'Bearer guess' }, 403, 'permission_denied'],
    ['a token that may not read', { authorization: 'Bearer runs-only' }, 403, 'permission_denied'],
    [
      'another namespace',
      { authorization: 'Bearer s3same', 'x-namespace': 'other' },
      403,
      'permission_denied',
    ],
  ] as const)('shows nothing to who has %s', async (_, headers, status, code) => {
    const encoded = await post('/encode', { payloads: [plain] });
    const answer = await post('/decode', encoded.body, headers);
    expect(answer).toMatchObject({ status, body: { error: { code } } });
    expect(JSON.stringify(answer.body)).not.toContain(plain.data);
  });

  it('lets pages of its origins ask, and no others', async () => {
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${server.url}/decode`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,x-namespace',
        },
      });
    const ours = await preflight('http://ui.example');
    expect(ours.status).toBe(204);
    expect(ours.headers.get('access-control-allow-origin')).toBe('http://ui.example');
    expect(ours.headers.get('access-control-allow-headers')).toMatch(/authorization.*x-namespace/);
    expect((await preflight('http://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('refuses what is no payload, and what was changed, without quoting it', async () => {
    for (const body of ['hello', { payloads: 'hello' }, { payloads: [{ data: '§§' }] }])
      expect(await post('/decode', body)).toMatchObject({ status: 400, body: { error: { code: 'usage' } } });
    const { body } = await post('/encode', { payloads: [plain] });
    const changed = { ...body.payloads[0]!, data: Buffer.from('x'.repeat(60)).toString('base64') };
    expect(await post('/decode', { payloads: [changed] })).toMatchObject({
      status: 422,
      body: { error: { code: 'payload_unreadable' } },
    });
  });

  it('says in its log who asked, and never what for', () => {
    expect(lines).toContain('answered {"by":"shared token","what":"decode","payloads":1}');
    expect(lines.join('\n')).not.toMatch(/s3same|raw\.invoices/);
  });
});

describe('the codec server of a stack with people', () => {
  it('lets in who has a token of their own that may read, and nobody else', async () => {
    const database = await testDatabase('codec_people', { ledger: false });
    const store = await openStore(database.url, 2);
    await store.identity.users.add({ name: 'ann', roles: ['dba'], addedBy: 'root', oidc: [] });
    const make = async (scope: Scope, expiresMs: number): Promise<string> => {
      const token = newToken();
      const row = { id: randomUUID(), hash: hashOfToken(token), user: 'ann', createdBy: 'root' };
      await store.identity.tokens.create({ ...row, scopes: [scope], expiresMs });
      return token;
    };
    const [reads, runs] = [await make('read', 60_000), await make('run', 60_000)];
    const ended = await make('read', -1);
    const ask = people(store, { home: '/nowhere', env: {}, cwd: '/' });
    expect(await ask(reads)).toMatchObject({ by: 'ann', scopes: ['read'] });
    expect((await ask(runs)).scopes).toEqual(['run']);
    await expect(ask(ended)).rejects.toMatchObject({ code: 'token_expired' });
    await expect(ask(newToken())).rejects.toMatchObject({ code: 'token_invalid' });
    await store.close();
    await database.drop();
  });
});
