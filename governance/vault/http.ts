import { readFileSync } from 'node:fs';
import { request as overHttp } from 'node:http';
import { request as overTls } from 'node:https';
import { fail } from '../../schemas/errors';

/** Milliseconds until a Vault that does not answer counts as down. */
const TIMEOUT_MS = 5_000;
const MAX_BODY = 1024 * 1024;

export interface VaultAnswer {
  status: number;
  /** Parsed JSON; an empty object where there is none. */
  body: { data?: unknown; auth?: unknown; errors?: unknown; warnings?: unknown };
}

export interface VaultRequest {
  method: 'GET' | 'POST';
  /** Behind `/v1/`. */
  path: string;
  token?: string;
  json?: object;
}

export type VaultHttp = (request: VaultRequest) => Promise<VaultAnswer>;

/**
 * Vault's HTTP API (https://developer.hashicorp.com/vault/api-docs). Redirects are not followed: they would be given
 * the token. The proxy variables are not read.
 * Throws `service_unreachable` when nobody answers, `authentication_failed` for a certificate that is not trusted.
 */
export function vaultHttp(options: { address: string; namespace?: string; ca?: string }): VaultHttp {
  const base = new URL(options.address);
  const send = base.protocol === 'https:' ? overTls : overHttp;
  return ({ method, path, token, json }) =>
    new Promise((resolve, reject) => {
      const headers = {
        accept: 'application/json',
        'x-vault-request': 'true',
        ...(json ? { 'content-type': 'application/json' } : {}),
        ...(token === undefined ? {} : { 'x-vault-token': token }),
        ...(options.namespace === undefined ? {} : { 'x-vault-namespace': options.namespace }),
      };
      const url = new URL(`${base.pathname.replace(/\/+$/, '')}/v1/${path}`, base);
      const ca = options.ca === undefined ? undefined : readCa(options.ca);
      const call = send(url, { method, headers, ca, timeout: TIMEOUT_MS }, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_BODY) call.destroy(new Error('its answer is too large'));
          else chunks.push(chunk);
        });
        response.on('error', failed);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) }),
        );
      });
      const failed = (cause: Error): void => reject(unreachable(base.origin, cause));
      call.on('timeout', () => call.destroy(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)));
      call.on('error', failed);
      call.end(json ? JSON.stringify(json) : undefined);
    });
}

function parsed(text: string): VaultAnswer['body'] {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? value : {};
  } catch {
    return {}; // a proxy's page
  }
}

function readCa(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw fail('invalid_config', `secrets.vault.ca cannot be read (${codeOf(cause)}).`, {
      next: 'Correct the path, or give the file to the user that runs Sluice.',
      place: file,
      cause,
    });
  }
}

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? 'unknown';

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ERR_TLS_CERT/;

function unreachable(origin: string, cause: Error): Error {
  const code = codeOf(cause);
  if (CERTIFICATE.test(code)) {
    return fail('authentication_failed', `The certificate of Vault at ${origin} is not trusted (${code}).`, {
      next: 'Give the authority’s certificate as `secrets.vault.ca`, or correct the address.',
      place: 'secrets.vault',
      cause,
    });
  }
  const why = code === 'unknown' ? cause.message : code;
  return fail('service_unreachable', `Vault at ${origin} does not answer (${why}).`, {
    next: 'It is tried again by itself; look whether Vault runs: vault status.',
    place: 'secrets.vault',
    cause,
  });
}
