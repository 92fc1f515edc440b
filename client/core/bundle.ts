import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { bundleFiles } from '../../activities/admit';
import type { Bundle } from '../../activities/services';
import { checkGoal, type Registry } from '../../capabilities/document';
import type { GivenParams } from '../../capabilities/params';
import { SluiceError } from '../../schemas/errors';
import { sourceLocation } from './source-location';
import { goalIn } from '../../capabilities/environment';
import { findConfigFile, loadConfig } from './config';
import { readDocument } from './document';
import { findPolicyFile, readPolicyText } from './policy';
import type { Places } from './places';

/**
 * Reads a goal document, its configuration, its policy and the SQL files it names, and checks all of it: what travels with a run.
 * Data files are looked for below `files.root` of the configuration, else below the document's folder.
 * Throws what is wrong with any of it, each fault with its place in the file.
 */
export async function readBundle(
  file: string,
  registry: Registry,
  params: GivenParams = {},
  by: 'person' | 'schedule' = 'person',
  environment?: string,
): Promise<Bundle> {
  const document = await readDocument(file);
  const folder = await realpath(path.dirname(path.resolve(file)));
  try {
    const config = await loadConfig(findConfigFile(folder), environment);
    const goal = goalIn(environment, config, document.value, (defaults) =>
      checkGoal(document.value, registry, { ...defaults, ...params }, by),
    );
    const root = config.files?.root ?? folder;
    const policy = await readPolicyText(findPolicyFile(folder));
    // SQL belongs to the goal and lies beside it, wherever the data is.
    const files = await bundleFiles(goal, registry, folder);
    const source = sourceLocation(path.join(folder, path.basename(file)));
    return {
      ...{ goal, config, root, files, source },
      ...(policy === undefined ? {} : { policy }),
      ...(environment === undefined ? {} : { environment }),
    };
  } catch (cause) {
    throw cause instanceof SluiceError ? located(cause, document.places.locate, file) : cause;
  }
}

/**
 * A goal that a command makes by itself, with the configuration of the place one stands in. It names no files.
 * Throws what is wrong with the configuration.
 */
export async function bundleOf(document: unknown, registry: Registry, cwd: string): Promise<Bundle> {
  const goal = checkGoal(document, registry);
  const folder = await realpath(cwd);
  const config = await loadConfig(findConfigFile(folder));
  return { goal, config, root: config.files?.root ?? folder, files: {} };
}

/** The same error, its faults with their places; faults of the configuration have theirs already. */
export function located(error: SluiceError, locate: Places['locate'], file: string): SluiceError {
  const { faults } = error.problem;
  if (!faults || faults.some((fault) => fault.place !== undefined)) return error;
  const placed = locate(faults);
  // The first fault is the one the message names by its path.
  const message = error.message.replace(/^The goal document/, `The goal document ${file}`);
  return new SluiceError(
    { ...error.problem, message, faults: placed, place: placed[0]?.place },
    { cause: error },
  );
}

/** The goal's name in a document that may be wrong in every other respect, for reports about it. */
export async function goalName(file: string): Promise<string | undefined> {
  const name = await readDocument(file).then(
    ({ value }) => (value as { goal?: unknown } | null)?.goal,
    () => undefined,
  );
  return typeof name === 'string' ? name : undefined;
}
