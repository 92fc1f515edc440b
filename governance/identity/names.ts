import { fail, type SluiceError } from '../../schemas/errors';

/** What a token may be used for. `read` and `run` are for the API as well; `admin` is to manage users and tokens. */
export const SCOPES = ['decide', 'run', 'read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a token is for when nobody says: everything but to manage others. */
export const USUAL_SCOPES: readonly Scope[] = ['decide', 'run', 'read'];

/** The role whose holders manage users; while nobody holds it, whoever can open the store does. */
export const ADMIN_ROLE = 'admin';

const NAME = /^[a-z0-9][a-z0-9._+@|:-]{0,127}$/;
const ROLE = /^[a-z][a-z0-9_-]{0,63}$/;

/** A person's name as it is compared: lower case, one spelling. `undefined` for what cannot be one. */
export function personName(text: string): string | undefined {
  const name = text.normalize('NFKC').trim().toLowerCase();
  return NAME.test(name) ? name : undefined;
}

export const isRole = (text: string): boolean => ROLE.test(text);

/** Throws `usage`. */
export function assertName(text: string): string {
  const name = personName(text);
  if (name !== undefined && name === text) return name;
  throw usage(
    `"${text}" cannot be a user’s name.`,
    'Lower-case letters, digits and . _ + @ - (128 at most), a letter or digit first: ann, ann@example.com.',
  );
}

/** Without repetitions, in order. Throws `usage`. */
export function assertRoles(roles: readonly string[]): string[] {
  const wrong = roles.find((role) => !isRole(role));
  if (wrong === undefined) return [...new Set(roles)].sort();
  throw usage(`"${wrong}" cannot be a role.`, 'Lower-case letters, digits, _ and -, a letter first: dba.');
}

/** `decide,read` as it is typed. Throws `usage`. */
export function assertScopes(text: string): Scope[] {
  const given = text.split(',').map((scope) => scope.trim());
  const wrong = given.find((scope) => !SCOPES.includes(scope as Scope));
  if (wrong === undefined) return SCOPES.filter((scope) => given.includes(scope));
  throw usage(`There is no scope "${wrong}".`, `Of: ${SCOPES.join(', ')}.`);
}

function usage(message: string, next: string): SluiceError {
  return fail('usage', message, { next });
}
