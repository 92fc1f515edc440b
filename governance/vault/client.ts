import type { VaultConfig } from '../../schemas/config';
import { fail } from '../../schemas/errors';
import { rememberSecret } from '../redact';
import type { ResolveSecret } from '../secrets';
import { mayNotRead, serviceProblem, unexpected } from './answers';
import { type VaultHttp, vaultHttp } from './http';
import { VaultSession } from './session';

/** The fields of one secret. */
export type Fields = Readonly<Record<string, string>>;

/** Reads a KV version 2 engine of a Vault; remembers what it read for a short time. */
export class VaultClient {
  private readonly http: VaultHttp;
  private readonly session: VaultSession;
  private readonly cache = new Map<string, { until: number; fields: Promise<Fields | undefined> }>();

  constructor(
    private readonly config: VaultConfig,
    resolve: ResolveSecret,
    env: NodeJS.ProcessEnv = process.env,
  ) {
    const address = config.address ?? env.VAULT_ADDR;
    if (address === undefined) {
      throw fail('invalid_config', 'The configuration does not say where Vault is.', {
        next: 'Set `secrets.vault.address`, or VAULT_ADDR.',
        place: 'secrets.vault.address',
      });
    }
    assertSafe(address, config.insecure);
    const namespace = config.namespace ?? env.VAULT_NAMESPACE;
    const ca = config.ca ?? env.VAULT_CACERT;
    this.http = vaultHttp({
      address,
      ...(namespace ? { namespace } : {}),
      ...(ca ? { ca } : {}),
    });
    this.session = new VaultSession(this.http, config.auth, resolve, env);
  }

  /**
   * The newest version's fields at a path below the mount; `undefined` when there is none (or it was deleted).
   * Throws `service_unreachable` (away, sealed), `permission_denied`, `authentication_failed`, `invalid_config`.
   */
  read(path: string): Promise<Fields | undefined> {
    const now = Date.now();
    const known = this.cache.get(path);
    if (known && known.until > now) return known.fields;
    const fields = this.fetch(path);
    this.cache.set(path, { until: now + this.config.cacheSeconds * 1_000, fields });
    // A failure, or that there is nothing yet, is no answer to keep.
    const drop = (): void => {
      if (this.cache.get(path)?.fields === fields) this.cache.delete(path);
    };
    fields.then((found) => found === undefined && drop(), drop);
    return fields;
  }

  /** Stops renewing. */
  close(): void {
    this.session.close();
    this.cache.clear();
  }

  private async fetch(path: string, again = true): Promise<Fields | undefined> {
    const where = `${this.config.mount}/data/${path}`;
    const token = await this.session.token();
    const answer = await this.http({ method: 'GET', path: where, token });
    if (answer.status === 200) return fieldsOf(answer.body.data, where);
    // 404 with data: its newest version was deleted.
    if (answer.status === 404) return undefined;
    const problem = serviceProblem(answer, `reading ${where}`);
    if (problem) throw problem;
    if (answer.status !== 403) throw unexpected(where, answer);
    // A token that was revoked and one that may not read this look the same: a fresh one tells them apart.
    if (again && this.session.forget(token)) return this.fetch(path, false);
    throw mayNotRead(where, answer);
  }
}

function fieldsOf(data: unknown, where: string): Fields {
  const inner = (data as { data?: unknown } | undefined)?.data;
  if (inner === null || typeof inner !== 'object') {
    throw fail('invalid_config', `What Vault has at ${where} is not a secret of a KV engine of version 2.`, {
      next: 'Set `secrets.vault.mount` to such an engine: vault secrets enable -version=2 -path=NAME kv.',
      place: 'secrets.vault.mount',
    });
  }
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(inner)) {
    fields[name] = typeof value === 'string' ? value : JSON.stringify(value);
    rememberSecret(fields[name]);
  }
  return fields;
}

/** A token in the clear is one that everybody on the way has. */
function assertSafe(address: string, insecure: boolean): void {
  const { protocol, hostname } = new URL(address);
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  if (protocol === 'https:' || (protocol === 'http:' && (loopback || insecure))) return;
  throw fail('invalid_config', `Vault at ${address} would be given its token in the clear.`, {
    next: 'Use https, or say `insecure: true` where the network itself is encrypted.',
    place: 'secrets.vault.address',
  });
}
