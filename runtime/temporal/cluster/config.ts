import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomic } from '../../atomic';

export const DATABASES = { default: 'temporal', visibility: 'temporal_visibility' } as const;
export const DATABASE_ROLE = 'sluice_temporal';
/** In the server's environment; the file itself holds no password. */
export const PASSWORD_VARIABLE = 'SLUICE_TEMPORAL_DB_PASSWORD';

const SERVICES = ['frontend', 'history', 'matching', 'worker'] as const;
const ENVIRONMENT = 'cluster';

/** Ports of the four services on loopback: for requests, and for finding each other. */
export const PORTS_NEEDED = 2 * SERVICES.length;

export interface ServerConfig {
  /** The server's own directory below the home. */
  root: string;
  postgresPort: number;
  /** As many as PORTS_NEEDED; the first is where clients connect. */
  ports: number[];
}

/** What the command line of this server holds, and of no other. */
export const clusterMark = (root: string): string => `--root ${root} `;

export const clusterArguments = (root: string): string[] => [
  ...['--root', root],
  ...['--config', 'config'],
  ...['--env', ENVIRONMENT],
  // On loopback, as the dev server: whoever has an account on the machine is let in.
  '--allow-no-auth',
  'start',
];

/** Writes the server's configuration. Its form: go.temporal.io/server common/config, common/dynamicconfig. */
export function writeServerConfig(config: ServerConfig): void {
  const directory = path.join(config.root, 'config');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const dynamic = path.join(directory, 'dynamic.yaml');
  writeFileAtomic(dynamic, stringify(dynamicConfig()), 0o600);
  const text = stringify(serverConfig(config, dynamic));
  // The comment has the server fill in what stands in {{ }}.
  writeFileAtomic(path.join(directory, `${ENVIRONMENT}.yaml`), `# enable-template\n${text}`, 0o600);
}

function serverConfig({ ports, postgresPort }: ServerConfig, dynamic: string): object {
  const [frontend] = ports;
  const services = SERVICES.map((name, index) => [
    name,
    {
      rpc: {
        grpcPort: ports[2 * index],
        membershipPort: ports[2 * index + 1],
        bindOnIP: '127.0.0.1',
      },
    },
  ]);
  // Each of the four services has pools of its own.
  const database = (databaseName: string, maxConns: number): object => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: `127.0.0.1:${postgresPort}`,
      connectProtocol: 'tcp',
      user: DATABASE_ROLE,
      password: `{{ env "${PASSWORD_VARIABLE}" }}`,
      maxConns,
      maxIdleConns: maxConns,
      maxConnLifetime: '1h',
    },
  });
  return {
    log: { stdout: true, level: 'warn', format: 'json' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: 4,
      datastores: {
        default: database(DATABASES.default, 8),
        visibility: database(DATABASES.visibility, 2),
      },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: Object.fromEntries(services) as object,
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `127.0.0.1:${frontend}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    archival: {
      history: { state: 'disabled', enableRead: false },
      visibility: { state: 'disabled', enableRead: false },
    },
    dynamicConfigClient: { filepath: dynamic, pollInterval: '60s' },
  };
}

function dynamicConfig(): object {
  const values = {
    // The default of 20 polls a second lets every hop between an activity and its workflow wait 50 ms.
    'history.transferProcessorMaxPollRPS': 1000,
    // One machine: a queue in four parts would only make each poll look in the wrong one.
    'matching.numTaskqueueReadPartitions': 1,
    'matching.numTaskqueueWritePartitions': 1,
    // A namespace and its search attributes are made right before the first use.
    'system.namespaceCacheRefreshInterval': '1s',
    'system.forceSearchAttributesCacheRefreshOnRead': true,
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, [{ value }]]));
}
