import { lookup as dnsLookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { fail, type SluiceError } from '../../schemas/errors';

/** Milliseconds for a whole exchange; an endpoint that takes longer is asked again later. */
const PATIENCE_MS = 10_000;
/** Bytes of an answer that are read: enough for a reason. */
const ANSWER_BYTES = 4_096;

/** Link-local addresses (RFC 3927, RFC 4291), where clouds put their metadata, and what is no destination at all. */
const NEVER = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  NEVER.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['fe80::', 10],
  ['ff00::', 8],
  ['fd00:ec2::254', 128],
] as const)
  NEVER.addSubnet(net, prefix, 'ipv6');
NEVER.addAddress('::', 'ipv6');

/** Loopback, RFC 1918, RFC 6598, RFC 4193. */
const PRIVATE = new BlockList();
for (const [net, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  PRIVATE.addSubnet(net, prefix, 'ipv4');
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

/** Why nothing is sent to an address; `undefined` when it may be. IPv4 inside IPv6 counts as what it is. */
export function refusedAddress(address: string, allowPrivate: boolean): string | undefined {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const family = isIP(mapped) === 6 ? 'ipv6' : 'ipv4';
  if (NEVER.check(mapped, family)) return 'it is link-local, or no destination at all';
  if (!allowPrivate && PRIVATE.check(mapped, family)) return 'it is private (`private: true` allows it)';
  return undefined;
}

/**
 * Looks a name up and refuses it when any of its addresses is refused. The connection then goes to what was checked:
 * a name that answers differently the second time gains nothing.
 */
export function guardedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      for (const { address } of addresses) {
        const why = refusedAddress(address, allowPrivate);
        if (why) return callback(refused(hostname, why), []);
      }
      if (options.all) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first!.address, first!.family);
    });
  };
}

/** Checked before a connection is made by whoever does not take a `lookup`. Throws `permission_denied`. */
export async function checkedAddress(host: string, allowPrivate: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    guardedLookup(allowPrivate)(host, {}, (error, address) => {
      if (error) reject(error);
      else resolve(address as string);
    });
  });
}

export interface Posted {
  status: number;
  /** Milliseconds, from `Retry-After`. */
  retryAfterMs?: number;
}

/**
 * POSTs a body. Redirects are not followed: only what the configuration names is spoken to. Over `http:` only to
 * private addresses. Throws `permission_denied` for where nothing is sent, `service_unreachable` for the rest.
 */
export function post(
  url: URL,
  body: string,
  headers: Record<string, string>,
  allowPrivate: boolean,
): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // A literal address is never looked up.
    const why = isIP(host) ? refusedAddress(host, allowPrivate) : undefined;
    if (why) return reject(refused(host, why));
    if (url.protocol === 'http:' && !allowPrivate)
      return reject(refused(host, 'http: is not encrypted; only https: goes to a public address'));
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(
      url,
      {
        method: 'POST',
        lookup: guardedLookup(allowPrivate),
        signal: AbortSignal.timeout(PATIENCE_MS),
        headers: { ...headers, 'content-length': Buffer.byteLength(body), 'user-agent': 'sluice' },
      },
      (response) => {
        let read = 0;
        response.on('data', (chunk: Buffer) => {
          read += chunk.length;
          if (read > ANSWER_BYTES) response.destroy();
        });
        response.on('close', () => {
          const after = Number(response.headers['retry-after']);
          resolve({
            status: response.statusCode ?? 0,
            ...(Number.isFinite(after) && after > 0 ? { retryAfterMs: after * 1000 } : {}),
          });
        });
        response.on('error', () => undefined);
      },
    );
    request.on('error', (cause: Error & { problem?: unknown; code?: string }) =>
      reject(cause.problem ? cause : unreachable(url.host, cause.code ?? cause.name)),
    );
    request.end(body);
  });
}

function refused(host: string, why: string): SluiceError {
  return fail('permission_denied', `Nothing is sent to ${host}: ${why}.`, {
    next: 'Correct the notifier in sluice.config.yaml.',
    state: 'The message waits.',
  });
}

function unreachable(host: string, why: string): SluiceError {
  return fail('service_unreachable', `${host} does not answer (${why}).`, {
    next: 'Nothing: it is tried again by itself.',
    state: 'The message waits.',
  });
}
