import { existingHome } from '../home';
import { hasSecret, rolePasswords } from '../secrets';
import { readStack } from '../stack-file';
import { postgresUrl } from './roles';

/** The database of the embedded PostgreSQL that holds runs, artifacts and decisions, and its role. */
const STORE = { role: 'sluice_store', database: 'store' } as const;

/** The store's URL, with its password; `undefined` for a home whose stack was never up. */
export function embeddedStoreUrl(home: string): string | undefined {
  const paths = existingHome(home);
  const stack = readStack(paths);
  if (!stack || !hasSecret(paths, STORE.role)) return undefined;
  return postgresUrl(STORE.role, rolePasswords(paths)[STORE.role], stack.postgres.port, STORE.database);
}
