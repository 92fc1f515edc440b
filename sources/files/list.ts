import * as fs from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { fail, SluiceError } from '../../schemas/errors';
import { assertInside, realRootOf, resolveUnderRoot } from '../root';
import type { FoundFile } from '../sources';

/**
 * Regular files below `root` that match, sorted by path, each once. Links to files count when they stay inside;
 * linked directories are not entered (a link to `/` would walk the machine).
 * Throws `path_escapes_root`, and `source_missing` when nothing matches.
 */
export async function listFiles(
  root: string,
  globs: readonly string[],
  connection?: string,
): Promise<FoundFile[]> {
  globs.forEach(assertInside);
  const realRoot = await realRootOf(root);
  const matches = await glob([...globs], {
    cwd: realRoot,
    onlyFiles: true,
    dot: false,
    expandDirectories: false,
    followSymbolicLinks: true,
    fs: { stat: statOfLink as typeof fs.stat },
  });
  const found: FoundFile[] = [];
  for (const match of [...new Set(matches)].sort(bytewise)) {
    const file = await look(realRoot, match);
    if (file) found.push(connection === undefined ? file : { ...file, connection });
  }
  if (found.length > 0) return found;
  const patterns = globs.map((text) => `"${text}"`).join(', ');
  throw fail('source_missing', `No file matches ${patterns}.`, {
    next: 'Correct the pattern (it is relative to the root of files), or put the files there.',
    place: globs[0],
  });
}

/** The walker asks for nothing but the targets of links: a directory is not there for it. */
function statOfLink(
  link: fs.PathLike,
  answer: (error: NodeJS.ErrnoException | null, stats: fs.Stats) => void,
): void {
  fs.stat(link, (error, stats) => {
    const refused =
      !error && stats.isDirectory()
        ? Object.assign(new Error('a linked directory'), { code: 'ENOENT' })
        : error;
    answer(refused, stats);
  });
}

async function look(realRoot: string, match: string): Promise<FoundFile | undefined> {
  try {
    const real = await resolveUnderRoot(realRoot, match);
    const info = await stat(real);
    if (!info.isFile()) return undefined;
    return { path: match.split(path.sep).join('/'), size: info.size, modified: info.mtimeMs };
  } catch (cause) {
    // A dangling link is not a file; what vanished between the two looks is not there.
    if (cause instanceof SluiceError && cause.code === 'source_missing') {
      if (
        await lstat(path.join(realRoot, match)).then(
          (info) => info.isSymbolicLink(),
          () => true,
        )
      )
        return undefined;
    }
    throw cause;
  }
}

function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
