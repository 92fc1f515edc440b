import type { HomePaths } from '../home';
import { withClient } from '../postgres/connect';
import type { Role } from '../postgres/roles';
import { postgresUrl } from '../postgres/roles';
import { rolePasswords } from '../secrets';
import { readStack } from '../stack-file';
import type { StatusDocument } from '../stack/status';
import type { Diagnosis } from './check';
import { examine, failed, ok, warning } from './check';
import { lineageDelivery } from './lineage-check';

const TIMEOUT_MS = 3_000;

/** What runs: each part by what it answers, then what is in the databases. */
export async function stackChecks(paths: HomePaths, status: StatusDocument): Promise<Diagnosis[]> {
  const about = (word: string): string | undefined =>
    status.problems.find((problem) => problem.includes(word));
  const part = (name: string, word: string, found: string, log: string): Diagnosis => {
    const problem = about('never started') ?? about(word);
    if (problem === undefined) return ok(name, found);
    const mend =
      status.supervisor.pid === null
        ? 'sluice up'
        : `It is being restarted. If it stays so: read ${paths.logs}/${log}, then sluice down && sluice up`;
    return failed(name, 'service_unreachable', problem, mend);
  };
  return [
    supervisor(status),
    part('postgres', 'PostgreSQL', `process ${status.postgres.pid}`, 'postgres.log'),
    part('temporal', 'Temporal', `${status.temporal.address}, UI ${status.temporal.ui}`, 'temporal.log'),
    part('worker', 'worker', `process ${status.worker.pid} polls "${status.worker.taskQueue}"`, 'worker.log'),
    ...(await Promise.all([
      examine('ledger', () =>
        database(paths, status, 'ledger', 'sluice_reader', 'warehouse', 'sluice.change'),
      ),
      examine('store', () => database(paths, status, 'store', 'sluice_store', 'store', 'public.run')),
      examine('lineage', () => lineageDelivery(paths, status)),
    ])),
  ];
}

function supervisor({ supervisor: { pid } }: StatusDocument): Diagnosis {
  if (pid !== null) return ok('supervisor', `process ${pid}`);
  return failed(
    'supervisor',
    'service_unreachable',
    'It is not running: nothing that dies comes back.',
    'sluice up',
  );
}

/** That a role gets in, and that what Sluice keeps there is there. */
async function database(
  paths: HomePaths,
  status: StatusDocument,
  name: string,
  role: Role,
  base: string,
  relation: string,
): Promise<Diagnosis> {
  const stack = readStack(paths);
  // Whatever else answers on its port is not ours.
  if (!stack || status.postgres.pid === null) {
    return failed(name, 'service_unreachable', 'PostgreSQL is not running.', 'sluice up');
  }
  const url = postgresUrl(role, rolePasswords(paths)[role], stack.postgres.port, base);
  try {
    const [row] = await withClient(url, TIMEOUT_MS, async (client) => {
      const { rows } = await client.query<{ there: boolean }>(
        'select pg_catalog.to_regclass($1) is not null as there',
        [relation],
      );
      return rows;
    });
    if (row?.there) return ok(name, `${relation} in ${base}, read as ${role}`);
    return warning(
      name,
      `${base} can be read as ${role}, but has no ${relation} yet`,
      'The first run makes it.',
    );
  } catch (error) {
    const code = (error as { code?: string }).code?.startsWith('28')
      ? 'authentication_failed'
      : 'service_unreachable';
    return failed(
      name,
      code,
      `${role} cannot read ${base}: ${(error as Error).message}`,
      'sluice up (it brings roles and databases back in order)',
    );
  }
}
