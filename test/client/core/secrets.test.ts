import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { listSecrets, removeSecret, setSecret } from '../../../client/core/secrets';
import { secretResolver } from '../../../governance/secrets';
import { folder } from '../support/files';
import { problemOf } from '../support/problem';

describe('a secret', () => {
  it('that was set is what the worker resolves, in a file for its owner only', async () => {
    const home = path.join(folder(), '.sluice');
    setSecret(home, 'crm', 's3cr3t value');
    await expect(secretResolver(home, {})('secret://crm')).resolves.toBe('s3cr3t value');
    expect(statSync(path.join(home, 'secrets/crm')).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(home, 'secrets')).mode & 0o777).toBe(0o700);
  });

  it('that is set again has the new value', () => {
    const home = folder();
    setSecret(home, 'crm', 'old-value');
    setSecret(home, 'crm', 'new-value');
    expect(readFileSync(path.join(home, 'secrets/crm'), 'utf8')).toBe('new-value');
  });

  it('is listed by its name; those of the stack are not', () => {
    const home = folder({ 'secrets/sluice_writer': 'w', 'secrets/pgpass': 'p', 'secrets/.tmp': 't' });
    setSecret(home, 'b', 'value-b');
    setSecret(home, 'a', 'value-a');
    expect(listSecrets(home).map((secret) => secret.name)).toEqual(['a', 'b']);
  });

  it('is gone when it is removed, and cannot be removed twice', async () => {
    const home = folder();
    setSecret(home, 'crm', 'value');
    removeSecret(home, 'crm');
    expect(existsSync(path.join(home, 'secrets/crm'))).toBe(false);
    expect(await problemOf(() => removeSecret(home, 'crm'))).toMatchObject({ code: 'not_found' });
  });

  it.each(['postgres', 'sluice_writer', 'pgpass'])(
    'of the stack (%s) can be neither set nor removed',
    async (name) => {
      const home = folder({ [`secrets/${name}`]: 'theirs' });
      expect((await problemOf(() => setSecret(home, name, 'mine'))).code).toBe('usage');
      expect((await problemOf(() => removeSecret(home, name))).code).toBe('usage');
      expect(readFileSync(path.join(home, 'secrets', name), 'utf8')).toBe('theirs');
    },
  );

  it.each(['../x', 'a/b', '', '.hidden', 'sp ace', 'x'.repeat(129)])(
    'cannot be called "%s"',
    async (name) => {
      expect((await problemOf(() => setSecret(folder(), name, 'value'))).code).toBe('usage');
    },
  );

  it('cannot be empty', async () => {
    expect((await problemOf(() => setSecret(folder(), 'crm', ''))).code).toBe('usage');
  });

  it('is in no list where no home is', () => {
    expect(listSecrets(path.join(folder(), 'nowhere'))).toEqual([]);
  });
});
