import { fail } from '../../schemas/errors';
import type { VaultAnswer } from './http';

/** What Vault says is wrong, in its own words; they hold paths and reasons, never values. */
function reasons({ body }: VaultAnswer): string {
  const { errors } = body;
  const texts = Array.isArray(errors) ? errors.filter((item) => typeof item === 'string') : [];
  return texts.length === 0 ? '' : `: ${texts.join('; ').replace(/\s+/g, ' ').trim().slice(0, 300)}`;
}

/** An answer that says nothing about the request itself: sealed, standby, overloaded, broken. `undefined`: it does. */
export function serviceProblem(answer: VaultAnswer, what: string): Error | undefined {
  const { status } = answer;
  if (status === 503 && /sealed/i.test(reasons(answer))) {
    return fail('service_unreachable', `Vault is sealed; ${what} has to wait.`, {
      next: 'Unseal it: vault operator unseal. It is tried again by itself.',
      place: 'secrets.vault',
    });
  }
  if (status >= 500 || status === 429 || status === 472 || status === 473 || status === 412) {
    return fail('service_unreachable', `Vault cannot serve ${what} now (HTTP ${status}${reasons(answer)}).`, {
      next: 'It is tried again by itself; look at vault status.',
      place: 'secrets.vault',
    });
  }
  if (status >= 300 && status < 400) {
    return fail('service_unreachable', `Vault at this address only redirects (HTTP ${status}).`, {
      next: 'Give the address of the active node, or of the load balancer before them, as `secrets.vault.address`.',
      place: 'secrets.vault.address',
    });
  }
  return undefined;
}

/** Signing in was refused: a wrong role, secret id or token. */
export function loginRefused(answer: VaultAnswer, method: string): Error {
  return fail(
    'authentication_failed',
    `Vault refused the ${method} (HTTP ${answer.status}${reasons(answer)}).`,
    {
      next:
        method === 'token'
          ? 'Make a new token and set its secret, or sign in with an AppRole: docs/secrets.md.'
          : 'Check the role id, and make a new secret id: vault write -f auth/approle/role/NAME/secret-id.',
      place: 'secrets.vault.auth',
    },
  );
}

/** The token is good, but may not read this. Vault says the same of a mount that is not there. */
export function mayNotRead(path: string, answer: VaultAnswer): Error {
  return fail('permission_denied', `Vault does not let this token read ${path}${reasons(answer)}.`, {
    next: `Give its policy: path "${path}" { capabilities = ["read"] }; or correct \`secrets.vault.mount\`.`,
    place: 'secrets.vault',
  });
}

export function unexpected(path: string, answer: VaultAnswer): Error {
  return fail('invalid_config', `Vault does not take ${path} (HTTP ${answer.status}${reasons(answer)}).`, {
    next: 'Check `secrets.vault`: the mount must be a KV engine of version 2, the namespace must exist.',
    place: 'secrets.vault',
  });
}
