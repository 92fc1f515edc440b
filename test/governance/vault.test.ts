import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSecrets, type Secrets } from '../../governance/open-secrets';
import { scrub } from '../../governance/redact';
import { configSchema } from '../../schemas/config';
import { ERROR_CODES, type ErrorCode, SluiceError } from '../../schemas/errors';
import { problemOf } from '../client/support/problem';
import { CERTIFICATE } from '../support/certificate';
import { type VaultStandIn, vaultStandIn } from './vault-server';

describe('secrets in Vault', () => {
  let vault: VaultStandIn;
  let opened: Secrets[] = [];
  const home = mkdtempSync(path.join(tmpdir(), 'sluice-vault-'));
  beforeEach(async () => {
    vault = await vaultStandIn();
    vault.issue('root-token', 0);
    vault.secrets.set('sluice/crm', { value: 'crm-password', user: 'crm', port: 5432 });
  });
  afterEach(async () => {
    for (const secrets of opened) secrets.close();
    opened = [];
    await vault.close();
  });
  afterAll(() => rmSync(home, { recursive: true }));

  const open = (more: object = {}, env: NodeJS.ProcessEnv = { VAULT_TOKEN: 'root-token' }) => {
    const config = configSchema.parse({ secrets: { vault: { address: vault.url, ...more } } });
    const secrets = openSecrets(config.secrets, home, env);
    opened.push(secrets);
    return secrets.resolve;
  };
  const appRole = { auth: { appRole: { roleId: 'role-1', secretId: 'secret://vault_secret_id' } } };
  const withSecretId = { SLUICE_SECRET_VAULT_SECRET_ID: 'secret-id-of-the-role' };
  const reads = (): number => vault.calls.filter((call) => call.startsWith('GET secret/')).length;
  const logins = (): number => vault.calls.filter((call) => call.endsWith('/login')).length;
  const until = async (what: () => boolean): Promise<void> => {
    for (const end = Date.now() + 10_000; !what();) {
      if (Date.now() > end) throw new Error('it did not come to that');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('are found by their name, or by path and field, and are redacted from then on', async () => {
    const resolve = open();
    expect(await resolve('secret://crm')).toBe('crm-password');
    expect(await resolve('secret://vault/sluice/crm#user')).toBe('crm');
    expect(await resolve('secret://vault/sluice/crm#port')).toBe('5432');
    expect(scrub('password=crm-password')).toBe('password=[redacted]');
  });

  it('come after the environment and the home, in the order that is configured', async () => {
    mkdirSync(path.join(home, 'secrets'), { recursive: true });
    writeFileSync(path.join(home, 'secrets', 'crm'), 'of the home\n');
    const env = { VAULT_TOKEN: 'root-token', SLUICE_SECRET_CRM: 'of the environment' };
    expect(await open({}, env)('secret://crm')).toBe('of the environment');
    expect(await open()('secret://crm')).toBe('of the home');
    const config = configSchema.parse({
      secrets: { providers: ['vault', 'file'], vault: { address: vault.url } },
    });
    expect(await openSecrets(config.secrets, home, env).resolve('secret://crm')).toBe('crm-password');
    rmSync(path.join(home, 'secrets'), { recursive: true });
  });

  it('are asked for once in a while, not each time, and anew after that', async () => {
    const resolve = open({ cacheSeconds: 0.2 });
    await Promise.all([resolve('secret://crm'), resolve('secret://crm')]);
    await resolve('secret://crm');
    expect(reads()).toBe(1);
    vault.secrets.set('sluice/crm', { value: 'rotated' });
    await until(() => reads() === 1);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await resolve('secret://crm')).toBe('rotated');
  });

  it('are read in the namespace of the configuration', async () => {
    vault.namespace = 'team-a';
    expect(await open({ namespace: 'team-a' })('secret://crm')).toBe('crm-password');
    expect(await problemOf(open()('secret://crm'))).toMatchObject({ code: 'authentication_failed' });
  });

  describe('an AppRole', () => {
    it('signs in with a secret from the environment, and stays signed in', async () => {
      const resolve = open({ ...appRole, cacheSeconds: 0 }, withSecretId);
      expect(await resolve('secret://crm')).toBe('crm-password');
      expect(await resolve('secret://crm')).toBe('crm-password');
      expect(logins()).toBe(1);
    });

    it('has its token renewed in the background before the lease is over', async () => {
      vault.ttlMs = 2_000;
      const resolve = open({ ...appRole, cacheSeconds: 0 }, withSecretId);
      await resolve('secret://crm');
      await until(() => vault.calls.filter((call) => call.endsWith('renew-self')).length >= 2);
      expect(await resolve('secret://crm')).toBe('crm-password');
      expect(logins()).toBe(1);
    });

    it('signs in anew when the token cannot be renewed any further', async () => {
      Object.assign(vault, { ttlMs: 2_000, maxMs: 2_000 });
      const resolve = open({ ...appRole, cacheSeconds: 0 }, withSecretId);
      await resolve('secret://crm');
      await until(() => vault.calls.some((call) => call.endsWith('renew-self')));
      vault.revokeAll();
      expect(await resolve('secret://crm')).toBe('crm-password');
      expect(logins()).toBe(2);
    });

    it('signs in anew when the token was revoked', async () => {
      const resolve = open({ ...appRole, cacheSeconds: 0 }, withSecretId);
      await resolve('secret://crm');
      vault.revokeAll();
      expect(await resolve('secret://crm')).toBe('crm-password');
      expect(logins()).toBe(2);
    });
  });

  describe('that cannot be had say why, what to do, and whether it may pass', () => {
    const retryable = (code: ErrorCode): boolean => ERROR_CODES[code].retryable;
    const refusal = async (
      resolve: (reference: string) => Promise<string>,
      reference = 'secret://crm',
    ): Promise<{ code: ErrorCode; message: string; next: string; retryable: boolean }> => {
      const { code, message, next } = await problemOf(resolve(reference));
      return { code, message, next, retryable: retryable(code) };
    };

    it.each([
      [
        'Vault is sealed',
        (): void => void (vault.sealed = true),
        { code: 'service_unreachable', retryable: true, message: /sealed/, next: /unseal/ },
      ],
      [
        'the policy does not allow it',
        (): void => void vault.forbidden.add('sluice/crm'),
        { code: 'permission_denied', retryable: false, message: /secret\/data\/sluice\/crm/, next: /policy/ },
      ],
      [
        'there is none',
        (): void => void vault.secrets.delete('sluice/crm'),
        {
          code: 'secret_missing',
          retryable: false,
          message: /"crm"/,
          next: /vault kv put -mount=secret sluice\/crm value=-/,
        },
      ],
      [
        'its newest version was deleted',
        (): void => void vault.secrets.set('sluice/crm', 'deleted'),
        { code: 'secret_missing', retryable: false, message: /"crm"/, next: /vault kv put/ },
      ],
      [
        'it lacks the field',
        (): void => void vault.secrets.set('sluice/crm', { password: 'x' }),
        {
          code: 'secret_missing',
          retryable: false,
          message: /no field "value"; it has: password/,
          next: /field/,
        },
      ],
      [
        'the token is not good any more',
        (): void => vault.revokeAll(),
        { code: 'authentication_failed', retryable: false, message: /refused the token/, next: /new token/ },
      ],
    ] as const)('%s', async (_, make, { code, retryable, message, next }) => {
      make();
      expect(await refusal(open())).toEqual({
        code,
        retryable,
        message: expect.stringMatching(message) as string,
        next: expect.stringMatching(next) as string,
      });
    });

    it('Vault is down: it may pass, and what comes after it in order is not asked instead', async () => {
      const config = configSchema.parse({
        secrets: { providers: ['vault', 'environment'], vault: { address: vault.url } },
      });
      const env = { VAULT_TOKEN: 'root-token', SLUICE_SECRET_CRM: 'an older value' };
      const { resolve } = openSecrets(config.secrets, home, env);
      await vault.close();
      expect(await refusal(resolve)).toMatchObject({
        code: 'service_unreachable',
        retryable: true,
        message: expect.stringMatching(
          /^Vault at http:\/\/127\.0\.0\.1:\d+ does not answer \(ECONNREFUSED\)\.$/,
        ) as string,
      });
    });

    it('the secret id is wrong', async () => {
      const answer = await refusal(open(appRole, { SLUICE_SECRET_VAULT_SECRET_ID: 'wrong-one' }));
      expect(answer).toMatchObject({
        code: 'authentication_failed',
        message: expect.stringContaining('AppRole') as string,
      });
      expect(answer.message).not.toContain('wrong-one');
    });

    it('nothing says how to sign in', async () => {
      expect(await refusal(open({}, {}))).toMatchObject({
        code: 'secret_missing',
        next: expect.stringContaining('VAULT_TOKEN') as string,
      });
    });

    it('it is not configured', async () => {
      const { resolve } = openSecrets(configSchema.parse({}).secrets, home, {});
      expect(await refusal(resolve, 'secret://vault/sluice/crm#value')).toMatchObject({
        code: 'invalid_config',
      });
    });

    it('its token would travel in the clear', () => {
      const config = configSchema.parse({ secrets: { vault: { address: 'http://vault.example.com:8200' } } });
      expect(() => openSecrets(config.secrets, home, {})).toThrow(SluiceError);
    });
  });

  it('over TLS: a private authority is trusted by `ca`, and not without', async () => {
    const { cert, key } = CERTIFICATE;
    const caFile = path.join(home, 'ca.pem');
    writeFileSync(caFile, cert);
    const server = createServer({ cert, key }, (_, response) => {
      const data = { data: { value: 'over-tls' } };
      response.end(JSON.stringify({ data: { ...data, ttl: 0 } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect(await open({ address, ca: caFile })('secret://crm')).toBe('over-tls');
      expect(await problemOf(open({ address })('secret://crm'))).toMatchObject({
        code: 'authentication_failed',
        next: expect.stringContaining('secrets.vault.ca') as string,
      });
    } finally {
      server.close();
    }
  });
});
