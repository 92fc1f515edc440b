import { TOOL_VERSIONS } from '../activities/tools';
import { rememberSecret } from '../governance/redact';
import type { ResolveSecret } from '../governance/secrets';
import type { Producer } from '../lineage/openlineage/events';
import type { Config } from '../schemas/config';

/** Of Sluice's jobs, where nobody says otherwise. */
const NAMESPACE = 'sluice';

/** What OpenLineage's own clients append to OPENLINEAGE_URL, unless OPENLINEAGE_ENDPOINT says otherwise. */
const ENDPOINT = 'api/v1/lineage';

export function producerOf({ lineage }: Config, env: NodeJS.ProcessEnv = process.env): Producer {
  const namespace = env.OPENLINEAGE_NAMESPACE || lineage?.namespace || NAMESPACE;
  return { namespace, version: TOOL_VERSIONS.sluice! };
}

/** Where lineage is sent. */
export interface LineageEndpoint {
  url: string;
  /** Asked for at each attempt: a key that was changed takes effect. */
  apiKey(): Promise<string | undefined>;
}

/** The environment's, as for every OpenLineage client, else the configuration's; `undefined`: nowhere. */
export function lineageEndpoint(
  { lineage }: Config,
  resolve: ResolveSecret,
  env: NodeJS.ProcessEnv = process.env,
): LineageEndpoint | undefined {
  if (env.OPENLINEAGE_DISABLED === 'true') return undefined;
  const base = env.OPENLINEAGE_URL || lineage?.url;
  if (!base) return undefined;
  const endpoint = env.OPENLINEAGE_ENDPOINT || ENDPOINT;
  const url = base.endsWith('/lineage')
    ? base
    : `${base.replace(/\/+$/, '')}/${endpoint.replace(/^\/+/, '')}`;
  return {
    url,
    async apiKey() {
      const given = env.OPENLINEAGE_API_KEY;
      if (given) rememberSecret(given);
      return given || (lineage?.apiKey === undefined ? undefined : resolve(lineage.apiKey));
    },
  };
}
