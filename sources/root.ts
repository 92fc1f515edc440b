import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { fail, type SluiceError } from '../schemas/errors';

/**
 * The real path of `relative` below `root`, symbolic links resolved. Throws `path_escapes_root` when it is absolute,
 * has a `..` or leads out through a link; `source_missing` when there is nothing (or no root).
 */
export async function resolveUnderRoot(root: string, relative: string): Promise<string> {
  assertInside(relative);
  const realRoot = await realRootOf(root);
  const real = await realpath(path.join(realRoot, relative)).catch((cause: unknown) => {
    throw missing(relative, cause);
  });
  if (real !== realRoot && !real.startsWith(realRoot === path.sep ? realRoot : realRoot + path.sep)) {
    throw escapes(relative, 'a symbolic link on the way leads out of the root of files');
  }
  return real;
}

/** The root itself, links resolved. Throws `source_missing`. */
export async function realRootOf(root: string): Promise<string> {
  return realpath(root).catch((cause: unknown) => {
    throw fail(
      'source_missing',
      'The root of files does not exist, or may not be entered, where this worker runs.',
      {
        next: 'Correct `files.root` in sluice.config.yaml, or start Sluice where the goal document’s folder can be read. Several workers need one root that all of them see (a shared volume), or a connection to load from instead.',
        cause,
      },
    );
  });
}

/** Refuses by the text alone; `text` may also be a glob, whose braces may hide a `..`. */
export function assertInside(text: string): void {
  if (text.includes('\0')) throw escapes(text.replaceAll('\0', '\\0'), 'it has a NUL byte');
  if (path.isAbsolute(text)) throw escapes(text, 'it is absolute; paths are relative to the root of files');
  if (text.split(/[/\\{},()|]+/).includes('..')) throw escapes(text, 'it has a ".." in it');
}

function escapes(text: string, why: string): SluiceError {
  return fail('path_escapes_root', `The path ${text} is refused: ${why}.`, {
    next: 'Put the file below the root, or declare a `files` connection whose root holds it.',
    place: text,
  });
}

function missing(relative: string, cause: unknown): SluiceError {
  return fail('source_missing', `There is no file ${relative} below the root of files.`, {
    next: 'Correct the path, or put the file there.',
    place: relative,
    cause,
  });
}
