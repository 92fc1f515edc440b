import { existsSync, statSync } from 'node:fs';
import { fail } from '../../schemas/errors';
import type { HomePaths } from '../home';
import type { Account } from './account';
import { serverAccount } from './account';
import { reachableBinaries } from './binaries';
import type { Cluster } from './cluster';
import { dataDirectory } from './cluster';
import { clusterRoot, knownClusterRoot } from './location';

/**
 * The home's cluster, which may not be initialised yet.
 * @throws `permission_denied` when it belongs to another user, `not_found` when there are no binaries.
 */
export function openCluster(paths: HomePaths): Cluster {
  const account = ownerOf(knownClusterRoot(paths)) ?? serverAccount();
  return { root: clusterRoot(paths, account), binaries: reachableBinaries(account), account };
}

/** PostgreSQL runs only as the owner of its data, who may be another user than the one who would own it today. */
function ownerOf(root: string | undefined): Account | undefined {
  if (root === undefined || !existsSync(root)) return undefined;
  const [me, { uid, gid }] = [process.getuid?.(), statSync(root)];
  if (uid === me) return undefined;
  if (me === 0) return { name: `user ${uid}`, uid, gid };
  throw fail('permission_denied', `The PostgreSQL data in ${root} belongs to another user (uid ${uid}).`, {
    next: 'Run sluice as that user, or set SLUICE_HOME to a home of your own.',
    state: 'PostgreSQL was not started.',
    place: root,
  });
}

/** What the command line of this cluster's server holds, and of no other's. */
export const serverMark = (cluster: Pick<Cluster, 'root'>): string =>
  `-D ${dataDirectory(cluster as Cluster)} `;
