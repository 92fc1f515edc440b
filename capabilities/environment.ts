import type { Config } from '../schemas/config';
import type { Goal } from '../schemas/goal';
import type { GivenParams } from './params';

/**
 * A goal as it is in an environment: `check` is given the environment's values for the parameters that the document
 * declares (others of them are for other goals), and the environment's warehouse takes the place of its own.
 */
export function goalIn(
  environment: string | undefined,
  config: Pick<Config, 'environments'>,
  document: unknown,
  check: (params: GivenParams) => Goal,
): Goal {
  const { params, warehouse } = laidOver(environment, config, document);
  const goal = check(params);
  return warehouse === undefined ? goal : { ...goal, warehouse };
}

/** What an environment gives a document: values for the parameters that it declares, and a warehouse. */
export function laidOver(
  environment: string | undefined,
  config: Pick<Config, 'environments'>,
  document: unknown,
): { params: GivenParams; warehouse?: string } {
  const chosen = environment === undefined ? undefined : config.environments[environment];
  if (!chosen) return { params: {} };
  const declared = (document as { params?: unknown } | null)?.params;
  const names = declared !== null && typeof declared === 'object' ? declared : {};
  const params = Object.fromEntries(
    Object.entries(chosen.params).filter(([name]) => Object.hasOwn(names, name)),
  );
  return { params, ...(chosen.warehouse === undefined ? {} : { warehouse: chosen.warehouse }) };
}
