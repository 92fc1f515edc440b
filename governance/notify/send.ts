import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import { fail } from '../../schemas/errors';
import type { Notifier } from '../../schemas/notifiers';
import type { ResolveSecret } from '../secrets';
import { checkedAddress, post, type Posted } from './egress';
import { type Message, plainText } from './message';
import { signed } from './signature';
import { slackBody } from './slack';

/** What a notifier needs from the process that sends. */
export interface Senders {
  resolveSecret: ResolveSecret;
  log: { info(fields: object, message: string): void };
}

/** Thrown with how long the receiver wants to be left alone. */
export class Later extends Error {
  constructor(
    message: string,
    readonly retryAfterMs: number,
  ) {
    super(message);
  }
}

/**
 * Sends one message; resolves when the receiver has taken it. `key` is the same for every attempt: receivers that
 * must not act twice go by it. Throws for everything else; the caller tries again.
 */
export async function send(
  senders: Senders,
  notifier: Notifier,
  message: Message,
  key: string,
): Promise<void> {
  switch (notifier.kind) {
    case 'log':
      return senders.log.info({ notice: message.event, ...message }, message.title);
    case 'webhook': {
      const secret = await senders.resolveSecret(notifier.secret);
      const body = JSON.stringify({ type: `sluice.${message.event}`, timestamp: message.at, data: message });
      const headers = {
        'content-type': 'application/json',
        'idempotency-key': key,
        ...signed(key, Math.floor(Date.now() / 1000), body, secret),
      };
      return taken(await post(new URL(notifier.url), body, headers, notifier.private));
    }
    case 'slack': {
      const url = new URL(await senders.resolveSecret(notifier.url));
      if (url.host !== notifier.host) {
        throw fail('permission_denied', `The secret of this notifier is no URL of ${notifier.host}.`, {
          next: 'Set the secret again, or name the host in the configuration.',
          state: 'The message waits.',
        });
      }
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      return taken(await post(url, slackBody(message), headers, notifier.private));
    }
    case 'smtp':
      return mail(senders, notifier, message, key);
  }
}

function taken({ status, retryAfterMs }: Posted): void {
  if (status >= 200 && status < 300) return;
  const redirected = status >= 300 && status < 400 ? '; redirects are not followed' : '';
  const what = `The endpoint answered ${status}${redirected}.`;
  if (retryAfterMs !== undefined) throw new Later(what, retryAfterMs);
  throw fail('service_unreachable', what, {
    next: 'Look at the endpoint; the message is sent again.',
    state: 'The message waits.',
  });
}

async function mail(
  { resolveSecret }: Senders,
  notifier: Extract<Notifier, { kind: 'smtp' }>,
  message: Message,
  key: string,
): Promise<void> {
  const { host, tls, user, password, from, to } = notifier;
  if (tls === 'none' && !notifier.private) {
    throw fail('permission_denied', 'Mail goes unencrypted only to a private server.', {
      next: 'Use `tls: starttls` or `implicit`, or say `private: true`.',
      state: 'The message waits.',
    });
  }
  const transport = createTransport({
    host: await checkedAddress(host, notifier.private),
    port: notifier.port ?? { implicit: 465, starttls: 587, none: 25 }[tls],
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    // The address was looked up here; the certificate is for the name.
    ...(isIP(host) ? {} : { tls: { servername: host } }),
    ...(user === undefined
      ? {}
      : { auth: { user, pass: password === undefined ? '' : await resolveSecret(password) } }),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from,
      to,
      subject: `[sluice] ${message.title}`.replace(/[\r\n]+/g, ' ').slice(0, 200),
      text: plainText(message),
      // The same for each attempt: mail programs show it once.
      messageId: `<${createHash('sha256').update(key).digest('hex').slice(0, 32)}@sluice>`,
      headers: { 'Idempotency-Key': key, 'Auto-Submitted': 'auto-generated' },
    });
  } finally {
    transport.close();
  }
}
