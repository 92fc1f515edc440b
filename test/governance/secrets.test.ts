import { mkdtempSync, mkdirSync, writeFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  environmentSecrets,
  fileSecrets,
  resolverOf,
  secretResolver,
  withoutOwn,
} from '../../governance/secrets';
import { ROLES } from '../../runtime/postgres/roles';
import { DATABASE_ROLE } from '../../runtime/temporal/cluster/config';
import { configSchema, secretRefSchema } from '../../schemas/config';

describe('a secret reference', () => {
  const home = mkdtempSync(join(tmpdir(), 'sluice-secrets-'));
  mkdirSync(join(home, 'secrets'));
  writeFileSync(join(home, 'secrets', 'crm'), 's3cret-value\n', { mode: 0o600 });
  afterAll(() => rmSync(home, { recursive: true }));

  it('is read from the home, without its trailing newline', async () => {
    await expect(secretResolver(home, {})('secret://crm')).resolves.toBe('s3cret-value');
  });

  it('is read from the environment first', async () => {
    await expect(secretResolver(home, { SLUICE_SECRET_CRM: 'from-env' })('secret://crm')).resolves.toBe(
      'from-env',
    );
  });

  it('that leads nowhere fails with its name and how to set it', async () => {
    await expect(secretResolver(home, {})('secret://other')).rejects.toMatchObject({
      problem: { code: 'secret_missing', next: expect.stringContaining('sluice secret set other') },
    });
  });

  it.each(['hunter2', 'secret://../etc/passwd', 'secret://a/b', 'secret://'])(
    'refuses %s',
    async (reference) => {
      await expect(secretResolver(home, {})(reference)).rejects.toMatchObject({
        problem: { code: 'literal_secret' },
      });
    },
  );

  describe('never reaches the credentials of the stack itself', () => {
    const own = [...ROLES, DATABASE_ROLE, 'pgpass', 'audit-signing-key'];
    const spelled = ['SLUICE_STORE', 'sluice.store', 'Audit_Signing_Key', 'vault/sluice/sluice_store#value'];

    it.each([...own, ...spelled])('%s', async (name) => {
      writeFileSync(join(home, 'secrets', name.replaceAll('/', '_')), 'the-stacks-own');
      const env = { SLUICE_SECRET_SLUICE_STORE: 'x', SLUICE_SECRET_AUDIT_SIGNING_KEY: 'x' };
      const vault = { name: 'vault', remedy: () => '', get: () => Promise.resolve('x') };
      const resolve = resolverOf([environmentSecrets(env), fileSecrets(home)], vault);
      await expect(resolve(`secret://${name}`)).rejects.toMatchObject({
        problem: { code: 'permission_denied', next: expect.stringContaining('sluice secret set') as string },
      });
      expect(secretRefSchema.safeParse(`secret://${name}`).success).toBe(false);
    });
  });

  it('of what the worker itself is opened with is not for goals', async () => {
    const config = configSchema.parse({
      store: { host: 'db', password: 'secret://crm' },
      encryption: { key: 'secret://payload-key' },
      secrets: { vault: { auth: { token: 'secret://vault_token' } } },
    });
    const forGoals = withoutOwn((reference) => Promise.resolve(reference), config);
    for (const reference of ['secret://crm', 'secret://payload-key', 'secret://vault_token'])
      await expect(forGoals(reference)).rejects.toMatchObject({ problem: { code: 'permission_denied' } });
    await expect(forGoals('secret://warehouse_reader')).resolves.toBe('secret://warehouse_reader');
  });
});
