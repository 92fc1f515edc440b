import { mkdtempSync, mkdirSync, writeFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretResolver } from '../../governance/secrets';

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
});
