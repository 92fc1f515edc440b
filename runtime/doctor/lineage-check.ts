import type { HomePaths } from '../home';
import { withClient } from '../postgres/connect';
import { postgresUrl } from '../postgres/roles';
import { rolePasswords } from '../secrets';
import { readStack } from '../stack-file';
import type { StatusDocument } from '../stack/status';
import { type Diagnosis, ok, warning } from './check';

const TIMEOUT_MS = 3_000;

const STATE = `select
    (select count(*) from lineage_event where http_state = 'pending')::int as pending,
    (select count(*) from lineage_event where http_state = 'parked')::int as parked,
    (select http_error from lineage_event where http_state = 'parked' order by id desc limit 1) as refusal,
    (select error from lineage_sink where sink = 'http') as error,
    (select failing_since::text from lineage_sink where sink = 'http') as since`;

interface State {
  pending: number;
  parked: number;
  refusal: string | null;
  error: string | null;
  since: string | null;
}

/** Whether OpenLineage events get to where they are sent. Nothing is lost either way: a warning, never a failure. */
export async function lineageDelivery(paths: HomePaths, status: StatusDocument): Promise<Diagnosis> {
  const stack = readStack(paths);
  if (!stack || status.postgres.pid === null)
    return ok('lineage', 'not looked at: PostgreSQL is not running');
  const url = postgresUrl('sluice_store', rolePasswords(paths).sluice_store, stack.postgres.port, 'store');
  const state = await withClient(url, TIMEOUT_MS, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(
      `select to_regclass('public.lineage_sink') is not null as there`,
    );
    return rows[0]?.there ? (await client.query<State>(STATE)).rows[0] : undefined;
  });
  if (!state) return ok('lineage', 'nothing was recorded yet');
  const { pending, parked, refusal, error, since } = state;
  if (error !== null) {
    const found = `${pending} events wait since ${since}: ${error}`;
    return warning(
      'lineage',
      found,
      'Look at OPENLINEAGE_URL and its key; what waits is sent when it answers.',
    );
  }
  if (parked > 0) {
    const found = `${parked} events were refused for good: ${refusal}`;
    return warning(
      'lineage',
      found,
      'Look at the endpoint’s log; they are kept. Once it takes them: sluice lineage resend.',
    );
  }
  return ok(
    'lineage',
    pending === 0 ? 'every event is where it is sent' : `${pending} events are on their way`,
  );
}
