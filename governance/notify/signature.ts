import { createHmac, timingSafeEqual } from 'node:crypto';

/** Seconds that a message's time may be off from the receiver's clock. */
export const TOLERANCE_S = 300;

/**
 * The headers of https://www.standardwebhooks.com: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`. The
 * id is the same each time a message is sent, so that a receiver can tell a repetition.
 * `secret`: base64 after `whsec_`, as that standard has it, else the bytes of the text.
 */
export function signed(id: string, seconds: number, body: string, secret: string): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${macOf(id, String(seconds), body, secret)}`,
  };
}

/** What a receiver does. `headers` in lower case; `nowSeconds` for the replay window. */
export function isGenuine(
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  secret: string,
  nowSeconds = Date.now() / 1000,
): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures } = headers;
  if (id === undefined || at === undefined || signatures === undefined || !/^\d+$/.test(at)) return false;
  if (Math.abs(nowSeconds - Number(at)) > TOLERANCE_S) return false;
  const wanted = Buffer.from(macOf(id, at, body, secret));
  return signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''));
    return signature.startsWith('v1,') && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

function macOf(id: string, at: string, body: string, secret: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  return createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
}
