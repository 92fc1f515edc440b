import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The root of the compiled code: `dist` itself. This file is `dist/runtime/build.js`. */
export const CODE_ROOT = path.resolve(__dirname, '..');

/** Names the build this code belongs to, a hash of its sources; scripts/build.mjs writes it. */
export function buildId(): string {
  try {
    return (JSON.parse(readFileSync(path.join(CODE_ROOT, 'build.json'), 'utf8')) as { id: string }).id;
  } catch {
    return 'unknown'; // run from sources, by a test
  }
}

/** The same, as short as people compare it: what worker deployments are called by. */
export const shortBuildId = (): string => buildId().slice(0, 12);
