import { createHash, timingSafeEqual } from 'node:crypto';
import { fail } from '../../schemas/errors';

/** Who asks, and what they may do with what they showed. */
export interface Asker {
  by: string;
  roles: readonly string[];
  /** `read` is needed to see what is in a payload. */
  scopes: readonly string[];
}

/** Whose bearer token this is. Throws what is wrong with it (a code whose HTTP status is 401 or 403). */
export type Authenticate = (bearer: string) => Promise<Asker>;

/** One token that everybody shares who may see: the value of a secret, looked up anew for every request. */
export function sharedToken(value: () => Promise<string>): Authenticate {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return async (bearer) => {
    // Hashes are of one length, so that the time taken says nothing.
    if (timingSafeEqual(digest(bearer), digest(await value())))
      return { by: 'shared token', roles: [], scopes: ['read'] };
    throw fail('permission_denied', 'This is not the codec server’s token.', {
      next: 'Use the value of the secret the codec server was started with (--token).',
    });
  };
}

/** Asks one after the other; the refusal of the last is what is said. */
export function firstOf(...ways: readonly Authenticate[]): Authenticate {
  return async (bearer) => {
    let refusal: unknown;
    for (const way of ways) {
      try {
        return await way(bearer);
      } catch (cause) {
        refusal = cause;
      }
    }
    throw refusal;
  };
}
