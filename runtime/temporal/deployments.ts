import type { Connection } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../../schemas/errors';

/**
 * Versions of the workers of one deployment, as Temporal keeps them: new runs, and those that wait, go to the current
 * one; a part of them to the one that ramps; a short run ends on the version it began with.
 * Protocol: temporal.api.workflowservice.v1 (WorkerDeployment), from server 1.28 on.
 */
export interface DeploymentDocument {
  deployment: string;
  current: string | null;
  ramping: { build: string; percentage: number } | null;
  versions: { build: string; status: VersionStatus; since: string | null }[];
}

/** `draining`: short runs still end on it, keep its workers; `drained`: its workers can go. */
export type VersionStatus = 'current' | 'ramping' | 'draining' | 'drained' | 'inactive' | 'unknown';

/** WorkerDeploymentVersionStatus of temporal.api.enums.v1. */
const STATUS: readonly VersionStatus[] = ['unknown', 'inactive', 'current', 'ramping', 'draining', 'drained'];

/** NOT_FOUND and FAILED_PRECONDITION of google.rpc.Code. */
const [NOT_FOUND, FAILED_PRECONDITION] = [5, 9];

/** A version is known to the server some moments after its worker's first poll. */
const PATIENCE_MS = 30_000;

export interface DeploymentTarget {
  connection: Pick<Connection, 'workflowService'>;
  namespace: string;
  deployment: string;
}

/** @throws `not_found` when no worker of it ever asked for work. */
export async function describeDeployment(target: DeploymentTarget): Promise<DeploymentDocument> {
  const { connection, namespace, deployment } = target;
  try {
    const answer = await connection.workflowService.describeWorkerDeployment({
      namespace,
      deploymentName: deployment,
    });
    const { routingConfig, versionSummaries } = answer.workerDeploymentInfo ?? {};
    const { rampingDeploymentVersion: ramping } = routingConfig ?? {};
    return {
      deployment,
      current: routingConfig?.currentDeploymentVersion?.buildId || null,
      ramping: ramping?.buildId
        ? { build: ramping.buildId, percentage: routingConfig?.rampingVersionPercentage ?? 0 }
        : null,
      versions: (versionSummaries ?? []).map(({ deploymentVersion, status, createTime }) => ({
        build: deploymentVersion?.buildId ?? '',
        status: STATUS[status ?? 0] ?? 'unknown',
        since: createTime?.seconds ? new Date(Number(createTime.seconds) * 1000).toISOString() : null,
      })),
    };
  } catch (cause) {
    if ((cause as { code?: number }).code === NOT_FOUND) throw unknownDeployment(deployment, cause);
    throw cause;
  }
}

/**
 * Gives new runs, and the waiting ones at their next step, to this build. Waits a moment for its first worker.
 * @throws `not_found` when none asks for work; `decision_refused` when the current one serves queues that it does not.
 */
export async function setCurrentVersion(target: DeploymentTarget, build: string): Promise<void> {
  const { connection, namespace, deployment } = target;
  await patiently(build, deployment, () =>
    connection.workflowService.setWorkerDeploymentCurrentVersion({
      namespace,
      deploymentName: deployment,
      buildId: build,
      identity: 'sluice',
    }),
  );
}

/** Gives `percentage` of the runs to this build; 0 ends the ramp. */
export async function rampVersion(
  target: DeploymentTarget,
  build: string,
  percentage: number,
): Promise<void> {
  const { connection, namespace, deployment } = target;
  await patiently(build, deployment, () =>
    connection.workflowService.setWorkerDeploymentRampingVersion({
      namespace,
      deploymentName: deployment,
      buildId: percentage === 0 ? '' : build,
      percentage,
      identity: 'sluice',
    }),
  );
}

async function patiently(build: string, deployment: string, attempt: () => Promise<unknown>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; ; await sleep(250)) {
    try {
      return void (await attempt());
    } catch (cause) {
      const { code, details } = cause as { code?: number; details?: string };
      if (code !== NOT_FOUND && code !== FAILED_PRECONDITION) throw cause;
      if (Date.now() < end) continue;
      if (code === NOT_FOUND) throw unknownBuild(build, deployment, cause);
      throw fail('decision_refused', `Build ${build} cannot serve runs of ${deployment}: ${details}.`, {
        next: 'Start workers of this build for every queue that the current one serves (SLUICE_QUEUES), then try again.',
        cause,
      });
    }
  }
}

function unknownDeployment(deployment: string, cause: unknown): Error {
  return fail('not_found', `No worker of a deployment "${deployment}" has ever asked for work here.`, {
    next: 'Start workers with SLUICE_DEPLOYMENT set, then `sluice deploy set-current`.',
    cause,
  });
}

function unknownBuild(build: string, deployment: string, cause: unknown): Error {
  return fail('not_found', `No worker of build ${build} in the deployment "${deployment}" asks for work.`, {
    next: 'Start one (`sluice worker` with SLUICE_DEPLOYMENT set); `sluice deploy list` shows what there is.',
    cause,
  });
}
