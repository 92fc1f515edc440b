import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { realRootOf } from '../../../sources/root';
import type { FoundFile } from '../../../sources/sources';

/** Configuration and policy are not for a model to read, nor is what is hidden or installed. */
const NOT_FOR_MODELS = /(^|\/)(\.|node_modules(\/|$))|(^|\/)sluice\.(config|policy)\.ya?ml$/;
const LOOKED_AT = 20_000;
const DEEPEST = 12;

/** Whether a path, relative to the project's root, may be one of its goal documents or SQL files. */
export function isProjectFile(relative: string): boolean {
  return /\.(sql|ya?ml)$/i.test(relative) && !NOT_FOR_MODELS.test(relative);
}

/** The project's goal documents and SQL files, sorted. Links are passed over: who wants one read names its target. */
export async function projectFiles(root: string, signal: AbortSignal): Promise<FoundFile[]> {
  const realRoot = await realRootOf(root);
  const found: FoundFile[] = [];
  let seen = 0;
  const walk = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(path.join(realRoot, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const relative = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (++seen > LOOKED_AT || signal.aborted || NOT_FOR_MODELS.test(relative)) continue;
      if (entry.isDirectory() && depth < DEEPEST) await walk(relative, depth + 1);
      if (!entry.isFile() || !isProjectFile(relative)) continue;
      const info = await stat(path.join(realRoot, relative)).catch(() => undefined);
      if (info) found.push({ path: relative, size: info.size, modified: info.mtimeMs });
    }
  };
  await walk('', 0);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}
