import { openSecrets } from '../../governance/open-secrets';
import { loadConfig } from '../../runtime/config';
import { type Diagnosis, examine, failed, ok, warning } from '../../runtime/doctor/check';
import { existingHome, findConfig } from '../../runtime/home';
import { SluiceError } from '../../schemas/errors';
import { Connections } from '../../warehouses/postgres/connections';
import { assertSupported, SUPPORTED } from '../../warehouses/postgres/supported';

/** Each warehouse of the configuration with its version: failed where Sluice does not support it, a warning where it does not answer. */
export async function warehouseChecks(
  home: string,
  cwd = process.cwd(),
  env = process.env,
): Promise<Diagnosis[]> {
  let config;
  try {
    config = loadConfig(findConfig(home, cwd, env));
  } catch {
    return []; // another check says what is wrong with it
  }
  const { resolve } = openSecrets(config.secrets, existingHome(home).home, env);
  const checks: Promise<Diagnosis>[] = [];
  for (const [name, connection] of Object.entries(config.connections)) {
    if (connection.kind !== 'postgres' || connection.writeUser === undefined) continue;
    const { host, port, ssl, database, readUser, readPassword } = connection;
    checks.push(
      examine(`warehouse ${name}`, async () => {
        const password = readPassword === undefined ? '' : await resolve(readPassword);
        const reader = new Connections({ host, port, ssl, database, login: { user: readUser, password } });
        try {
          return await versionCheck(name, reader);
        } finally {
          await reader.close();
        }
      }).then((found) => (found.code === 'warehouse_unsupported' ? found : asWarning(found))),
    );
  }
  return Promise.all(checks);
}

async function versionCheck(name: string, reader: Connections): Promise<Diagnosis> {
  const version = await reader.lend(async (client) => {
    const { rows } = await client.query<{ version: string }>(
      `select pg_catalog.current_setting('server_version') as version`,
    );
    return rows[0]!.version;
  });
  try {
    assertSupported(name, version);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const { code, message, next } = error.problem;
    return failed(`warehouse ${name}`, code, message, next ?? `Use PostgreSQL ${SUPPORTED.from} or later.`);
  }
  return ok(`warehouse ${name}`, `PostgreSQL ${version}`);
}

/** Whatever keeps it from being looked at from here (a secret that only workers have) need not keep a worker from it. */
const asWarning = (found: Diagnosis): Diagnosis =>
  found.status === 'failed'
    ? warning(found.name, found.found, found.mend ?? 'Look at its connection in sluice.config.yaml.')
    : found;
