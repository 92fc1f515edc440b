import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PolicySource } from './engine';
import { POLICY_FILE, policyInvalid } from './parse';

/**
 * Reads the worker's own policy: the file that SLUICE_POLICY names, else `sluice.policy.yaml` in the folder of its
 * configuration. Read anew at each call. One that was named but cannot be read denies: throws `policy_invalid`.
 */
export function ownPolicy(
  named: string | undefined,
  folder: string,
): () => Promise<PolicySource | undefined> {
  const file = named === undefined || named === '' ? path.join(folder, POLICY_FILE) : named;
  return async () => {
    try {
      return { from: 'worker', file: path.basename(file), text: await readFile(file, 'utf8') };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT' && !named) return undefined;
      const { code = 'unknown' } = cause as NodeJS.ErrnoException;
      throw policyInvalid(
        path.basename(file),
        [{ path: '(document)', message: `cannot be read (${code})` }],
        cause,
      );
    }
  };
}
