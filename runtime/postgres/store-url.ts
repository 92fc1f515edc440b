import type { StoreConfig } from '../../schemas/config';

/** `pg` reads `require` as `verify-full`; what asks for no check is called this. */
const SSL_MODES = { disable: 'disable', require: 'no-verify', 'verify-full': 'verify-full' } as const;

/** The URL of a store that is not in the embedded PostgreSQL. It holds the password: never log it. */
export async function storeUrl(
  { host, port, database, user, password, ssl }: StoreConfig,
  resolve: (reference: string) => Promise<string>,
): Promise<string> {
  const secret = password === undefined ? '' : `:${encodeURIComponent(await resolve(password))}`;
  const at = host.includes(':') ? `[${host}]` : host;
  return `postgresql://${encodeURIComponent(user)}${secret}@${at}:${port}/${encodeURIComponent(database)}?sslmode=${SSL_MODES[ssl]}`;
}
