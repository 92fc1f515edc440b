import { readFileSync } from 'node:fs';
import type { TemporalConfig } from '../../schemas/config';
import { fail } from '../../schemas/errors';

/** A PEM text, not yet read: where it stands, or itself (only from a `…_DATA` variable). */
export type Pem = { file: string } | { secret: string } | { data: string };

export interface TlsSettings {
  ca?: Pem;
  cert?: Pem;
  key?: Pem;
  /** The name the server's certificate is checked against, if not its address. */
  serverName?: string;
}

/** Where Temporal is and how one signs in there, before any file or secret is read. */
export interface TemporalSettings {
  /** `host:port`; absent: the embedded server. */
  address?: string;
  namespace?: string;
  taskQueue?: string;
  tls?: TlsSettings;
  /** A reference, or the key itself from `TEMPORAL_API_KEY`. */
  apiKey?: { secret: string } | { value: string };
}

/** Options that `Connection.connect` of the client and `NativeConnection.connect` of the worker both take. */
export interface TemporalLogin {
  address: string;
  apiKey?: string;
  tls?: {
    serverNameOverride?: string;
    serverRootCACertificate?: Buffer;
    clientCertPair?: { crt: Buffer; key: Buffer };
  };
}

/**
 * The configuration with Temporal's standard environment variables before it, as in its own CLI and SDKs:
 * `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS`, `TEMPORAL_TLS_{CLIENT_CERT,
 * CLIENT_KEY,SERVER_CA_CERT}_{PATH,DATA}`, `TEMPORAL_TLS_SERVER_NAME`
 * (https://docs.temporal.io/develop/environment-configuration). Reads no file.
 */
export function temporalSettings(
  config: TemporalConfig,
  env: NodeJS.ProcessEnv = process.env,
): TemporalSettings {
  const set = (name: string): string | undefined => env[`TEMPORAL_${name}`] || undefined;
  const pem = (name: string, configured: string | undefined): Pem | undefined => {
    const data = set(`TLS_${name}_DATA`);
    if (data !== undefined) return { data };
    const file = set(`TLS_${name}_PATH`) ?? configured;
    if (file === undefined) return undefined;
    return file.startsWith('secret://') ? { secret: file } : { file };
  };
  const { tls: wanted } = config;
  const files = typeof wanted === 'object' ? wanted : {};
  const tls = defined<TlsSettings>({
    ca: pem('SERVER_CA_CERT', files.ca),
    cert: pem('CLIENT_CERT', files.cert),
    key: pem('CLIENT_KEY', files.key),
    serverName: set('TLS_SERVER_NAME') ?? files.serverName,
  });
  const value = set('API_KEY');
  const apiKey =
    value !== undefined ? { value } : config.apiKey === undefined ? undefined : { secret: config.apiKey };
  const flag = set('TLS')?.toLowerCase();
  // An API key must not travel in the clear: with one, TLS is on unless somebody says that it is not.
  const asked = flag === undefined ? wanted : !['false', '0', 'no'].includes(flag);
  const on = asked ?? (Object.keys(tls).length > 0 || apiKey !== undefined);
  return defined<TemporalSettings>({
    address: set('ADDRESS') ?? config.address,
    namespace: set('NAMESPACE') ?? config.namespace,
    taskQueue: config.taskQueue,
    tls: on === false ? undefined : tls,
    apiKey,
  });
}

/**
 * Reads the files and secrets that the settings name.
 * Throws `invalid_config` for a file that cannot be read or a certificate without its key, and what `resolve` throws.
 */
export async function temporalLogin(
  settings: TemporalSettings & { address: string },
  resolve: (reference: string) => Promise<string>,
): Promise<TemporalLogin> {
  const read = async (what: string, pem: Pem | undefined): Promise<Buffer | undefined> => {
    if (pem === undefined) return undefined;
    if ('data' in pem) return Buffer.from(pem.data);
    return 'secret' in pem ? Buffer.from(await resolve(pem.secret)) : readPem(what, pem.file);
  };
  const { address, tls, apiKey } = settings;
  const login: TemporalLogin = { address };
  if (apiKey) login.apiKey = 'value' in apiKey ? apiKey.value : await resolve(apiKey.secret);
  if (!tls) return login;
  const [ca, crt, key] = await Promise.all([
    read('temporal.tls.ca', tls.ca),
    read('temporal.tls.cert', tls.cert),
    read('temporal.tls.key', tls.key),
  ]);
  if ((crt === undefined) !== (key === undefined)) {
    throw fail(
      'invalid_config',
      'A client certificate for Temporal needs both `tls.cert` and `tls.key`; one is missing.',
      { next: 'Give both, or neither.', place: 'temporal.tls' },
    );
  }
  login.tls = {
    ...(tls.serverName === undefined ? {} : { serverNameOverride: tls.serverName }),
    ...(ca ? { serverRootCACertificate: ca } : {}),
    ...(crt && key ? { clientCertPair: { crt, key } } : {}),
  };
  return login;
}

function readPem(what: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw fail(
      'invalid_config',
      `${what} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'unknown'}.`,
      { next: 'Correct the path, or give the file to the user that runs Sluice.', place: file, cause },
    );
  }
}

function defined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
