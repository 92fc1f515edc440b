import { keyId } from '../../../governance/codec/keys';
import { encryptionCheck } from '../../../client/core/doctor-encryption';
import { folder } from '../support/files';

const [newer, older] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const KEYS = { SLUICE_SECRET_NEWER: newer.toString('base64'), SLUICE_SECRET_OLDER: older.toString('hex') };
const look = (config: string, env: Record<string, string> = {}) => {
  const root = folder({ 'sluice.config.yaml': config });
  return encryptionCheck(`${root}/.sluice`, root, { ...KEYS, ...env });
};
const AWAY = 'temporal: { address: "temporal.example:7233" }\n';

it('says which key encrypts and which can still decrypt, by ids that say nothing about them', async () => {
  const found = await look(`${AWAY}encryption: { key: secret://newer, olderKeys: [secret://older] }\n`);
  expect(found).toEqual({
    name: 'encryption',
    status: 'ok',
    found: `key ${keyId(newer)} encrypts; ${keyId(older)} can still decrypt`,
  });
});

it('warns where encryption is off and Temporal is not on this machine', async () => {
  expect(await look(`${AWAY}encryption: off\n`)).toMatchObject({
    status: 'warning',
    found: expect.stringContaining('temporal.example:7233') as string,
  });
  const env = { TEMPORAL_ADDRESS: 'elsewhere:7233' };
  expect(await look('encryption: off\n', env)).toMatchObject({ status: 'warning' });
  expect(await look('encryption: off\n')).toMatchObject({ status: 'ok' });
  expect(await look('{}\n')).toMatchObject({ status: 'ok' });
});

it('fails where nothing is said about it, or the key is missing or none', async () => {
  expect(await look(AWAY)).toMatchObject({ status: 'failed', code: 'invalid_config' });
  const keyed = `${AWAY}encryption: { key: secret://absent }\n`;
  expect(await look(keyed)).toMatchObject({ status: 'failed', code: 'secret_missing' });
  expect(await look(keyed, { SLUICE_SECRET_ABSENT: 'short' })).toMatchObject({ status: 'failed' });
});
