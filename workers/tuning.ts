import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { shortBuildId } from '../runtime/build';
import { fail } from '../schemas/errors';
import { type Weight, WEIGHTS } from '../schemas/queues';

/** What one worker process serves, and how much of it at the same time; from its environment. */
export interface Tuning {
  /** `SLUICE_QUEUES`: which queues, e.g. `light` or `heavy,llm`; default all. */
  weights: Weight[];
  /** `SLUICE_MAX_LIGHT`, `SLUICE_MAX_HEAVY`, `SLUICE_MAX_LLM`: activities at the same time. */
  limits: Record<Weight, number>;
  /** `SLUICE_MAX_CACHED_RUNS`: runs kept in memory; one that is not is read again from its history when it goes on. */
  maxCachedWorkflows: number;
  /** `SLUICE_DEPLOYMENT` and `SLUICE_BUILD_ID`: set for a worker of a versioned deployment. */
  deployment?: WorkerDeploymentOptions;
}

/**
 * A heavy one holds at most two connections to the warehouse; a light one a connection to the store, of which there
 * are eight, for some milliseconds. docs/production.md has what was measured.
 */
const LIMITS: Record<Weight, number> = { light: 24, heavy: 8, llm: 4 };

/** Each that waits at a gate costs about half a megabyte: with a Node process around them, well below 800 MB. */
const CACHED = 500;

/** Name of the deployment where SLUICE_DEPLOYMENT is only switched on (`1`, `true`). */
const DEPLOYMENT = 'sluice';

/** @throws `usage` for a value that cannot be meant. */
export function tuningOf(env: NodeJS.ProcessEnv): Tuning {
  const limit = (weight: Weight): number =>
    whole(env, `SLUICE_MAX_${weight.toUpperCase()}`) ?? LIMITS[weight];
  const deployment = deploymentOf(env);
  return {
    weights: weightsOf(env.SLUICE_QUEUES),
    limits: { light: limit('light'), heavy: limit('heavy'), llm: limit('llm') },
    maxCachedWorkflows: whole(env, 'SLUICE_MAX_CACHED_RUNS') ?? CACHED,
    ...(deployment ? { deployment } : {}),
  };
}

/** The build that this process would be in a deployment, and the deployment's name. */
export function deploymentOf(env: NodeJS.ProcessEnv): WorkerDeploymentOptions | undefined {
  const named = env.SLUICE_DEPLOYMENT?.trim();
  if (!named) return undefined;
  const deploymentName = /^(1|true|yes)$/i.test(named) ? DEPLOYMENT : named;
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(deploymentName)) {
    throw usage(
      'SLUICE_DEPLOYMENT',
      'is not a name of letters, digits, - and _',
      'Name it as `sluice`, or leave it out.',
    );
  }
  const buildId = env.SLUICE_BUILD_ID?.trim() || shortBuildId();
  return {
    version: { deploymentName, buildId },
    useWorkerVersioning: true,
    // For a workflow type that does not say: workflows/versioning.ts does for all of ours.
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  };
}

function weightsOf(text: string | undefined): Weight[] {
  const names = (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const strange = names.filter((name) => !WEIGHTS.includes(name as Weight));
  if (strange.length > 0) {
    throw usage(
      'SLUICE_QUEUES',
      `names ${strange.join(', ')}, of which there is no queue`,
      `Use some of ${WEIGHTS.join(', ')}; without it a worker serves all.`,
    );
  }
  return names.length === 0 ? [...WEIGHTS] : WEIGHTS.filter((weight) => names.includes(weight));
}

function whole(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = env[name]?.trim();
  if (!text) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 100_000) return value;
  throw usage(name, 'is not a whole number from 1 to 100000', 'Correct it, or leave it out for the default.');
}

function usage(name: string, what: string, next: string): Error {
  return fail('usage', `${name} ${what}.`, { next, state: 'The worker was not started.', place: name });
}
