import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporalLogin, temporalSettings } from '../../runtime/temporal/settings';
import { temporaryDirectory } from './support';

describe('where Temporal is', () => {
  const directory = temporaryDirectory();
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = (name: string): string => {
    const at = path.join(directory, name);
    writeFileSync(at, `pem of ${name}`);
    return at;
  };
  const secrets = (reference: string): Promise<string> => Promise.resolve(`value of ${reference}`);

  it('is what the configuration says', () => {
    const config = { address: 'a:7233', namespace: 'data', taskQueue: 'q' };
    expect(temporalSettings(config, {})).toEqual(config);
  });

  it('is what Temporal’s own variables say, before the configuration', () => {
    const env = { TEMPORAL_ADDRESS: 'b:7233', TEMPORAL_NAMESPACE: 'n', TEMPORAL_API_KEY: 'k' };
    expect(temporalSettings({ address: 'a:7233', apiKey: 'secret://k' }, env)).toEqual({
      address: 'b:7233',
      namespace: 'n',
      apiKey: { value: 'k' },
      tls: {},
    });
  });

  it('encrypts when there is an API key, and does not when that is said', () => {
    expect(temporalSettings({ apiKey: 'secret://k' }, {}).tls).toEqual({});
    expect(temporalSettings({ apiKey: 'secret://k', tls: false }, {}).tls).toBeUndefined();
    expect(temporalSettings({ apiKey: 'secret://k' }, { TEMPORAL_TLS: 'false' }).tls).toBeUndefined();
    expect(temporalSettings({}, { TEMPORAL_TLS: 'true' }).tls).toEqual({});
  });

  it('signs in with files and secrets, read when it does', async () => {
    const config = {
      ...{ address: 'a:7233', apiKey: 'secret://api' },
      tls: { ca: file('ca.pem'), cert: file('cert.pem'), key: 'secret://client_key', serverName: 'x' },
    };
    const settings = { ...temporalSettings(config, {}), address: 'a:7233' };
    expect(await temporalLogin(settings, secrets)).toEqual({
      address: 'a:7233',
      apiKey: 'value of secret://api',
      tls: {
        serverNameOverride: 'x',
        serverRootCACertificate: Buffer.from('pem of ca.pem'),
        clientCertPair: {
          crt: Buffer.from('pem of cert.pem'),
          key: Buffer.from('value of secret://client_key'),
        },
      },
    });
  });

  it.each([
    ['a certificate without its key', { cert: __filename }, /both/],
    ['a file that is not there', { ca: '/nowhere/ca.pem' }, /ENOENT/],
  ])('refuses %s', async (_, tls, message) => {
    const login = temporalLogin({ ...temporalSettings({ tls }, {}), address: 'a:7233' }, secrets);
    await expect(login).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringMatching(message) as string,
    });
  });
});
