import type { VaultConfig } from '../../schemas/config';
import { fail } from '../../schemas/errors';
import { rememberSecret } from '../redact';
import type { ResolveSecret } from '../secrets';
import { loginRefused, serviceProblem } from './answers';
import type { VaultAnswer, VaultHttp } from './http';

/** A token is renewed when this part of its lease is over; what fails is tried again until the lease ends. */
const RENEW_AT = 2 / 3;
/** Milliseconds: never sooner than this after the last try. */
const PAUSE_MS = 1_000;
/** A timer takes no more than 2^31 - 1 milliseconds. */
const LONGEST_TIMER_MS = 2_000_000_000;

/** `auth` of a login's or a renewal's answer; `data` of a look at a token. */
interface Lease {
  token: string;
  /** Milliseconds since 1970; absent: never. */
  expiresAt?: number;
  renewable: boolean;
}

/**
 * One token at Vault. Got at first use, renewed in the background before its lease is over; when renewing is refused
 * (its maximum is reached, it was revoked), the next use signs in anew.
 */
export class VaultSession {
  private lease: Lease | undefined;
  private starting: Promise<Lease> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly http: VaultHttp,
    private readonly auth: VaultConfig['auth'],
    private readonly resolve: ResolveSecret,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** A token that is good now. Throws `authentication_failed`, `service_unreachable`, `secret_missing`. */
  async token(): Promise<string> {
    if (this.lease && (this.lease.expiresAt ?? Infinity) > Date.now()) return this.lease.token;
    this.starting ??= this.signIn().finally(() => (this.starting = undefined));
    return (await this.starting).token;
  }

  /** The token was refused: it is not used again. Whether another one can be had by signing in anew. */
  forget(token: string): boolean {
    if (this.lease?.token === token) this.lease = undefined;
    return this.auth?.appRole !== undefined;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async signIn(): Promise<Lease> {
    const lease = this.auth?.appRole ? await this.byAppRole(this.auth.appRole) : await this.byToken();
    this.take(lease);
    return lease;
  }

  private async byAppRole(role: NonNullable<NonNullable<VaultConfig['auth']>['appRole']>): Promise<Lease> {
    const answer = await this.http({
      method: 'POST',
      path: `auth/${role.mount}/login`,
      json: {
        role_id: role.roleId.startsWith('secret://') ? await this.resolve(role.roleId) : role.roleId,
        secret_id: await this.resolve(role.secretId),
      },
    });
    if (answer.status !== 200) {
      throw serviceProblem(answer, 'signing in') ?? loginRefused(answer, 'AppRole');
    }
    return leaseOf(answer);
  }

  private async byToken(): Promise<Lease> {
    const reference = this.auth?.token;
    const token = reference === undefined ? this.env.VAULT_TOKEN : await this.resolve(reference);
    if (token === undefined || token === '') {
      throw fail('secret_missing', 'There is nothing to sign in at Vault with.', {
        next: 'Set VAULT_TOKEN, or add `secrets.vault.auth` with a token or an AppRole.',
        place: 'secrets.vault.auth',
      });
    }
    rememberSecret(token);
    const answer = await this.http({ method: 'GET', path: 'auth/token/lookup-self', token });
    if (answer.status !== 200) throw serviceProblem(answer, 'signing in') ?? loginRefused(answer, 'token');
    const { ttl, renewable } = (answer.body.data ?? {}) as { ttl?: number; renewable?: boolean };
    return { token, renewable: renewable === true, ...expiry(ttl) };
  }

  private take(lease: Lease): void {
    this.lease = lease;
    rememberSecret(lease.token);
    const left = (lease.expiresAt ?? Infinity) - Date.now();
    if (lease.renewable && Number.isFinite(left)) this.renewIn(left * RENEW_AT);
  }

  private renewIn(ms: number): void {
    clearTimeout(this.timer);
    if (this.closed) return;
    const wait = Math.min(Math.max(ms, PAUSE_MS), LONGEST_TIMER_MS);
    this.timer = setTimeout(() => void this.renew(), wait).unref();
  }

  private async renew(): Promise<void> {
    const lease = this.lease;
    if (!lease) return;
    const left = (): number => (lease.expiresAt ?? 0) - Date.now();
    try {
      const answer = await this.http({
        method: 'POST',
        path: 'auth/token/renew-self',
        token: lease.token,
        json: {},
      });
      if (this.lease !== lease) return;
      if (answer.status === 200) {
        const renewed = leaseOf(answer, lease.token);
        // At its maximum a renewal gives no more than what is left: the next use signs in anew.
        if ((renewed.expiresAt ?? Infinity) - Date.now() > PAUSE_MS) return this.take(renewed);
      }
      if (answer.status === 200 || answer.status === 400 || answer.status === 403) {
        if (this.auth?.appRole) this.lease = undefined;
        return;
      }
    } catch {
      // Vault is away; the token is good until its lease ends, and who uses it then hears about it.
    }
    if (left() > PAUSE_MS) this.renewIn(left() / 3);
  }
}

function leaseOf({ body }: VaultAnswer, known?: string): Lease {
  const auth = (body.auth ?? {}) as { client_token?: string; lease_duration?: number; renewable?: boolean };
  const token = auth.client_token || known;
  if (token === undefined) {
    throw fail('authentication_failed', 'Vault let us in, but gave no token.', {
      next: 'Check that `secrets.vault.address` is Vault’s own, and the mount of the AppRole.',
      place: 'secrets.vault',
    });
  }
  return { token, renewable: auth.renewable === true, ...expiry(auth.lease_duration) };
}

/** Vault gives seconds, 0 for a token that never ends. */
function expiry(seconds: number | undefined): { expiresAt?: number } {
  return seconds ? { expiresAt: Date.now() + seconds * 1_000 } : {};
}
