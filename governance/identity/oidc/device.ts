import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../../../schemas/errors';
import type { OidcIssuer } from '../../../schemas/identity';
import type { Store } from '../../../store/store';
import { invalid } from '../subject';
import { fetchJson, unreachable } from './http';
import { fetchKeys } from './keys';

/** What the person has to do, elsewhere. */
export interface DevicePrompt {
  uri: string;
  code: string;
}

/** Signs in by the device authorization grant (RFC 8628); returns the id token. Throws `token_invalid`, `issuer_unreachable`. */
export async function signInByDevice(
  store: Pick<Store, 'identity'>,
  issuer: OidcIssuer,
  ask: (prompt: DevicePrompt) => void,
  wait: (ms: number) => Promise<unknown> = sleep,
): Promise<string> {
  const { metadata } = await fetchKeys(store, issuer, new Date());
  const { device_authorization_endpoint: start, token_endpoint: token } = metadata as Record<string, string>;
  if (issuer.clientId === undefined || !start || !token) {
    throw fail('usage', `There is no device sign-in at ${issuer.issuer}.`, {
      next: 'Give its clientId in sluice.config.yaml, or pipe an id token in: sluice login --token-stdin',
    });
  }
  const client = { client_id: issuer.clientId };
  const { status, body } = await fetchJson(issuer.issuer, start, {
    ...client,
    scope: 'openid email profile',
  });
  if (status !== 200) throw unreachable(issuer.issuer, new Error(`device authorization: ${status}`));
  ask({
    uri: String(body.verification_uri_complete ?? body.verification_uri),
    code: String(body.user_code),
  });
  let seconds = Number(body.interval ?? 5);
  for (const end = Date.now() + Number(body.expires_in ?? 600) * 1000; Date.now() < end;) {
    await wait(seconds * 1000);
    const answer = await fetchJson(issuer.issuer, token, {
      ...client,
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: String(body.device_code),
    });
    if (typeof answer.body.id_token === 'string') return answer.body.id_token;
    if (answer.body.error === 'slow_down') seconds += 5;
    else if (answer.body.error !== 'authorization_pending') break;
  }
  throw invalid('The sign-in was refused, or was not done in time.');
}
