import type { OlderMajor } from './older-postgres';
import { startTestCluster } from './postgres-cluster';
import { startTemporalBroker } from './temporal-broker';

export interface Shared {
  stop(): Promise<void>;
}

declare global {
  // Only `var` declares a property of globalThis.
  var sluiceTestServers: Shared[] | undefined;
}

/** Once per test run, before any worker starts: what it puts into the environment, every test sees. */
export default async function setup(): Promise<void> {
  const cluster = await startTestCluster();
  globalThis.sluiceTestServers = [cluster];
  process.env.SLUICE_TEST_PG_ADMIN_URL = cluster.adminUrl;
  for (const major of (process.env.SLUICE_TEST_MAJORS ?? '').split(',').filter(Boolean)) {
    const older = await startTestCluster({ major: Number(major) as OlderMajor });
    globalThis.sluiceTestServers.push(older);
    process.env[`SLUICE_TEST_PG_ADMIN_URL_${major}`] = older.adminUrl;
  }
  const broker = await startTemporalBroker();
  globalThis.sluiceTestServers.push(broker);
  process.env.SLUICE_TEST_TEMPORAL_BROKER = broker.socket;
}
