import {
  describeDeployment,
  type DeploymentDocument,
  type DeploymentTarget,
  rampVersion,
  setCurrentVersion,
} from '../../../runtime/temporal/deployments';
import { deploymentOf } from '../../../workers/tuning';
import type { CommandResult, Terminal } from '../terminal';
import { withLink } from '../with-link';

/** `sluice deploy list`: the versions of the workers, and where runs go. */
export function deployList(terminal: Terminal): Promise<CommandResult> {
  return withTarget(terminal, async (target) => result(terminal, await describeDeployment(target)));
}

/** `sluice deploy set-current [BUILD]`: new and waiting runs go to this build; default: this program's own. */
export function deploySetCurrent(terminal: Terminal, build: string | undefined): Promise<CommandResult> {
  return withTarget(terminal, async (target, own) => {
    await setCurrentVersion(target, build ?? own);
    return result(terminal, await describeDeployment(target));
  });
}

/** `sluice deploy ramp BUILD PERCENT`: that part of the runs goes to this build; 0 ends the ramp. */
export function deployRamp(terminal: Terminal, build: string, percentage: number): Promise<CommandResult> {
  return withTarget(terminal, async (target) => {
    await rampVersion(target, build, percentage);
    return result(terminal, await describeDeployment(target));
  });
}

function withTarget<T>(
  terminal: Terminal,
  work: (target: DeploymentTarget, ownBuild: string) => Promise<T>,
): Promise<T> {
  const { env } = terminal.surroundings;
  const { deploymentName, buildId } = deploymentOf({ SLUICE_DEPLOYMENT: 'sluice', ...env })!.version;
  return withLink(terminal, ({ client }) =>
    work(
      { connection: client.connection, namespace: client.options.namespace, deployment: deploymentName },
      buildId,
    ),
  );
}

function result(terminal: Terminal, document: DeploymentDocument): CommandResult {
  const { paint } = terminal.out;
  const { deployment, current, ramping, versions } = document;
  const lines = versions.map(({ build, status, since }) => {
    const part = ramping?.build === build ? ` (${ramping.percentage} % of the runs)` : '';
    const mark = build === current ? paint.green('●') : '○';
    return `${mark} ${build.padEnd(14)} ${status}${part}${since === null ? '' : paint.dim(`  since ${since}`)}`;
  });
  const none = current === null ? ['No version is current: workers of the deployment get no runs.'] : [];
  return { document, text: [`${deployment}`, ...lines, ...none].join('\n'), exitCode: 0 };
}
