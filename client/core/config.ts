import { existsSync } from 'node:fs';
import path from 'node:path';
import { loadConfig as loadFile, withAbsoluteRoots } from '../../runtime/config';
import { parseConfig } from '../../runtime/environments';
import { literalSecrets } from '../../capabilities/literal-secrets';
import { faultsOf } from '../../capabilities/faults';
import type { Config } from '../../schemas/config';
import { fail, type Fault, type SluiceError } from '../../schemas/errors';
import { readDocument, type DocumentSort } from './document';

export const CONFIG_FILE = 'sluice.config.yaml';

const CONFIG: DocumentSort = { code: 'invalid_config', what: 'configuration' };

/** The nearest `sluice.config.yaml` from a directory upwards, else `SLUICE_CONFIG`; `undefined` when there is none. */
export function findConfigFile(from: string): string | undefined {
  for (let directory = path.resolve(from); ; directory = path.dirname(directory)) {
    const file = path.join(directory, CONFIG_FILE);
    if (existsSync(file)) return file;
    // Where the goal has none of its own: the one of this machine, or of this container.
    if (directory === path.dirname(directory)) return process.env.SLUICE_CONFIG || undefined;
  }
}

/**
 * The configuration in a file, its roots made absolute (they are relative to the file). Without a file, the defaults.
 * `environment`: the one whose connections are laid over it.
 * Throws `literal_secret` when a credential is written out, `invalid_config` with every fault and its place.
 */
export async function loadConfig(file: string | undefined, environment?: string): Promise<Config> {
  if (file === undefined) return loadFile(undefined, environment);
  const { value, places } = await readDocument(file, CONFIG);
  const secrets = literalSecrets(value, []);
  if (secrets.length > 0) throw writtenOut(file, places.locate(secrets));
  const parsed = parseConfig(value, environment);
  if (!parsed.success) {
    const faults = places.locate(faultsOf(parsed.error));
    // A password's field takes nothing but a reference.
    const written = faults.filter((fault) => /password$/i.test(fault.path));
    if (written.length > 0) throw writtenOut(file, written);
    throw fail(
      'invalid_config',
      `The configuration ${file} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}.`,
      {
        next: 'Correct it and run the command again.',
        faults,
        place: faults[0]?.place,
      },
    );
  }
  return withAbsoluteRoots(parsed.data, path.dirname(path.resolve(file)));
}

function writtenOut(file: string, faults: Fault[]): SluiceError {
  return fail('literal_secret', `The configuration ${file} holds a credential written out.`, {
    next: 'Put it into a secret (`sluice secret set NAME`), write secret://NAME in its place, and change the credential: it was in a file.',
    faults,
    place: faults[0]!.place,
  });
}
