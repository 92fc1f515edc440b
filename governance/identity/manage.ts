import { randomBytes } from 'node:crypto';
import { fail, type SluiceError } from '../../schemas/errors';
import type { OidcIdentity, UserRow } from '../../store/identity/users';
import type { Store } from '../../store/store';
import { ADMIN_ROLE, assertName, assertRoles, type Scope } from './names';
import { assertScope, type Authenticated } from './subject';
import { hashOfToken, newToken } from './token-text';

/** Milliseconds; a token that outlives a year is a password that nobody changes. */
export const LONGEST_MS = 366 * 86_400_000;

/** Manages users and tokens in somebody's name: each change is an entry of the audit log. */
export class Management {
  private constructor(
    private readonly store: Pick<Store, 'identity' | 'audit'>,
    private readonly actor: Authenticated,
  ) {}

  /**
   * As the caller. While nobody is an admin, whoever can open the store may manage: the first one has to be made by
   * somebody. Throws `permission_denied`, `token_scope`.
   */
  static async as(store: Pick<Store, 'identity' | 'audit'>, actor: Authenticated): Promise<Management> {
    const users = await store.identity.users.list();
    if (users.some((user) => user.roles.includes(ADMIN_ROLE))) {
      if (!actor.verified || !actor.roles.includes(ADMIN_ROLE)) {
        throw fail(
          'permission_denied',
          `${actor.by} may not manage users: that needs the role "${ADMIN_ROLE}".`,
          {
            next: 'Sign in (sluice login) as somebody who has it, or ask them.',
          },
        );
      }
    }
    assertScope(actor, 'admin', 'managing users');
    return new Management(store, actor);
  }

  /** Throws `usage`, `identity_conflict`. */
  async addUser(given: string, roles: readonly string[], oidc: readonly OidcIdentity[]): Promise<UserRow> {
    const name = assertName(given);
    const user = { name, roles: assertRoles(roles), addedBy: this.actor.by, oidc };
    if ((await this.store.identity.users.add(user)) === 'taken') {
      throw fail(
        'identity_conflict',
        `The name ${name} is taken, by a user or by an identity of an issuer.`,
        {
          next: `See sluice user list. An identity that signed in as ${name} becomes this user with another name and --oidc ISSUER#SUB.`,
        },
      );
    }
    await this.note('user_added', `user:${name}`, { roles: user.roles });
    for (const identity of oidc) await this.link(name, identity);
    return this.user(name);
  }

  async removeUser(name: string): Promise<void> {
    if (!(await this.store.identity.users.remove(name))) throw noUser(name);
    await this.note('user_removed', `user:${name}`);
  }

  /** The roles that are given are added, those taken are taken away. */
  async changeRoles(name: string, give: readonly string[], take: readonly string[]): Promise<UserRow> {
    const { roles } = await this.user(name);
    const gone = new Set(assertRoles(take));
    const now = assertRoles([...roles, ...give]).filter((role) => !gone.has(role));
    await this.store.identity.users.setRoles(name, now);
    await this.note('user_roles', `user:${name}`, { before: roles, after: now });
    return this.user(name);
  }

  /** From now on who signs in with this identity is this user. Throws `identity_conflict`, `not_found`. */
  async link(name: string, identity: OidcIdentity): Promise<UserRow> {
    await this.user(name);
    const owner = await this.store.identity.users.link(name, identity);
    if (owner !== name) {
      throw fail('identity_conflict', `This identity is linked to the user ${owner}.`, {
        next: `Take it from there first: sluice user unlink ${owner} ${identity.issuer}#${identity.subject}`,
      });
    }
    await this.note('user_linked', `user:${name}`, { ...identity });
    return this.user(name);
  }

  async unlink(name: string, identity: OidcIdentity): Promise<UserRow> {
    if (!(await this.store.identity.users.unlink(name, identity))) {
      throw fail('not_found', `The user ${name} has no such identity.`, { next: 'See sluice user list.' });
    }
    await this.note('user_unlinked', `user:${name}`, { ...identity });
    return this.user(name);
  }

  /** The token itself is in the answer and nowhere else. */
  async createToken(
    name: string,
    { scopes, expiresMs, note }: { scopes: readonly Scope[]; expiresMs: number; note?: string },
  ): Promise<{ id: string; token: string; expiresAt: Date }> {
    await this.user(name);
    if (expiresMs > LONGEST_MS) {
      throw fail('usage', 'A token lasts a year at most.', { next: 'Give --expires 366d or less.' });
    }
    const [id, token] = [randomBytes(5).toString('hex'), newToken()];
    const hash = hashOfToken(token);
    const createdBy = this.actor.by;
    await this.store.identity.tokens.create({ id, hash, user: name, scopes, note, createdBy, expiresMs });
    const expiresAt = (await this.store.identity.tokens.list(name)).find((one) => one.id === id)!.expiresAt;
    await this.note('token_created', `token:${id}`, {
      user: name,
      scopes,
      expiresAt: expiresAt.toISOString(),
    });
    return { id, token, expiresAt };
  }

  async revokeToken(id: string): Promise<void> {
    if (!(await this.store.identity.tokens.revoke(id))) {
      throw fail('not_found', `There is no token ${id} that could be revoked.`, {
        next: 'List the tokens: sluice token list.',
      });
    }
    await this.note('token_revoked', `token:${id}`);
  }

  private async user(name: string): Promise<UserRow> {
    const user = await this.store.identity.users.get(name);
    if (!user) throw noUser(name);
    return user;
  }

  private async note(action: string, subject: string, data: Record<string, unknown> = {}): Promise<void> {
    const { by, verified } = this.actor;
    await this.store.audit.append({ actor: by, action, subject, data: { ...data, verified } });
  }
}

function noUser(name: string): SluiceError {
  return fail('not_found', `There is no user "${name}".`, {
    next: `See sluice user list, or add one: sluice user add ${name}`,
  });
}

/** `https://issuer.example.com#subject`. Throws `usage`. */
export function identityOf(text: string): OidcIdentity {
  const at = text.indexOf('#');
  const [issuer, subject] = [text.slice(0, at), text.slice(at + 1)];
  if (at > 0 && URL.canParse(issuer) && subject !== '') return { issuer, subject };
  throw fail('usage', 'An identity is written ISSUER#SUB.', {
    next: 'ISSUER is the issuer’s URL as in its tokens, SUB the claim `sub`; sluice whoami shows both.',
  });
}
