// An OpenID provider in a process of its own: the real one, on loopback. Its parent plays the person with the browser.
import { Provider } from 'oidc-provider';
import { exportJWK, generateKeyPair } from 'jose';

const port = Number(process.argv[2]);
const keys = await Promise.all(
  process.argv.slice(3).map(async (kid) => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    return { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
  }),
);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'sluice',
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
      response_types: [],
      redirect_uris: [],
    },
  ],
  jwks: { keys },
  cookies: { keys: ['of a test'] },
  conformIdTokenClaims: false,
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['groups'] },
  features: { deviceFlow: { enabled: true }, devInteractions: { enabled: false } },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      email: `${id}@Example.com`,
      email_verified: true,
      groups: ['dwh-admins', 'all'],
    }),
  }),
});
process.on('message', async ({ userCode, accountId, deny }) => {
  const code = await provider.DeviceCode.findByUserCode(userCode.replaceAll('-', ''), {
    ignoreExpiration: true,
  });
  if (deny) {
    Object.assign(code, { error: 'access_denied', errorDescription: 'no' });
  } else {
    const grant = new provider.Grant({ accountId, clientId: 'sluice' });
    grant.addOIDCScope('openid email profile');
    Object.assign(code, {
      accountId,
      grantId: await grant.save(),
      scope: 'openid email profile',
      authTime: Math.floor(Date.now() / 1000),
    });
  }
  await code.save();
  process.send('done');
});
provider.listen(port, '127.0.0.1', () => process.send('up'));
