import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../config';
import type { HomePaths } from '../home';
import { findConfig } from '../home';
import { choosePort } from '../ports';
import { orphanedClusters } from '../postgres/location';
import { isRunning } from '../processes';
import { readStack } from '../stack-file';
import type { Diagnosis } from './check';
import { examine, failed, ok, warning } from './check';
import { modelOf } from './model-check';

/** Bits that let anybody but the owner read or write. Passing through a directory is no reading. */
const OTHERS = 0o066;

export function homeChecks(paths: HomePaths, cwd: string): Promise<Diagnosis[]> {
  return Promise.all([
    examine('configuration', () => configuration(paths, cwd)),
    examine('home', () => homeDirectory(paths)),
    examine('secrets', () => secrets(paths)),
    examine('ports', () => ports(paths, cwd)),
    examine('left-over data', leftOvers),
    examine('model', () => modelOf(paths, cwd)),
  ]);
}

function configuration(paths: HomePaths, cwd: string): Diagnosis {
  const file = findConfig(paths.home, cwd);
  loadConfig(file);
  return ok('configuration', file ?? 'none: the defaults');
}

function homeDirectory({ home }: HomePaths): Diagnosis {
  if (!existsSync(home)) return warning('home', `${home} is not there yet`, 'sluice up');
  try {
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return failed(
      'home',
      'permission_denied',
      `${home} cannot be written`,
      `chown it to yourself, or set SLUICE_HOME elsewhere`,
    );
  }
  const open = modeProblem(home);
  return open ? failed('home', 'permission_denied', open, `chmod go-rw ${home}`) : ok('home', home);
}

function secrets(paths: HomePaths): Diagnosis {
  if (!existsSync(paths.secrets)) return warning('secrets', 'there are none yet', 'sluice up');
  const files = readdirSync(paths.secrets).map((name) => path.join(paths.secrets, name));
  const open = [paths.secrets, ...files].map(modeProblem).filter((problem) => problem !== undefined);
  if (open.length === 0) return ok('secrets', `${files.length} files that only their owner can read`);
  return failed('secrets', 'permission_denied', open.join('; '), `chmod -R go-rwx ${paths.secrets}`);
}

function modeProblem(file: string): string | undefined {
  const mode = statSync(file).mode & 0o777;
  return (mode & OTHERS) === 0 ? undefined : `others can read or write ${file} (mode ${mode.toString(8)})`;
}

/** Configured ports must be ours or free. The others are chosen anew when they are taken. */
async function ports(paths: HomePaths, cwd: string): Promise<Diagnosis> {
  const { postgresPort, temporalPort, uiPort } = loadConfig(findConfig(paths.home, cwd)).stack;
  const stack = readStack(paths);
  const wanted = [
    { key: 'stack.postgresPort', port: postgresPort, ours: stack?.postgres.port, part: stack?.postgres },
    { key: 'stack.temporalPort', port: temporalPort, ours: stack?.temporal.port, part: stack?.temporal },
    { key: 'stack.uiPort', port: uiPort, ours: stack?.temporal.uiPort, part: stack?.temporal },
  ].filter(({ port, ours, part }) => port !== undefined && !(port === ours && isRunning(part?.process)));
  for (const { key, port } of wanted) await choosePort({ what: 'the stack', key, configured: port, from: 0 });
  const used = [stack?.postgres.port, stack?.temporal.port, stack?.temporal.uiPort].filter(
    (port) => port !== undefined,
  );
  return ok('ports', used.length > 0 ? `127.0.0.1: ${used.join(', ')}` : 'chosen at the first start');
}

function leftOvers(): Diagnosis {
  const orphans = orphanedClusters();
  if (orphans.length === 0) return ok('left-over data', 'none');
  const found = `${orphans.length} PostgreSQL cluster(s) whose home was removed`;
  return warning(
    'left-over data',
    found,
    `When nothing of it is wanted any more: rm -rf ${orphans.join(' ')}`,
  );
}
