import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SourceLocation } from '../../activities/services';

/**
 * Where a goal document comes from: repository, commit and path when it lies in a git work tree (read from its files:
 * git itself need not be there), else the file. Never throws: it is for the record only.
 */
export function sourceLocation(file: string): SourceLocation {
  const absolute = path.resolve(file);
  const plain: SourceLocation = { type: 'file', url: pathToFileURL(absolute).href, path: absolute };
  try {
    const root = workTree(path.dirname(absolute));
    if (root === undefined) return plain;
    const git = gitDirectory(root);
    const head = readFileSync(path.join(git, 'HEAD'), 'utf8').trim();
    const branch = /^ref: refs\/heads\/(.+)$/.exec(head)?.[1];
    const version = branch === undefined ? head : commitOf(git, `refs/heads/${branch}`);
    const inside = path.relative(root, absolute).split(path.sep).join('/');
    const remote = remoteOf(common(git));
    return {
      type: 'git',
      url:
        remote === undefined ? plain.url : `${webUrl(remote)}/blob/${version ?? branch ?? 'HEAD'}/${inside}`,
      ...(remote === undefined ? {} : { repoUrl: remote }),
      path: inside,
      ...(version === undefined ? {} : { version }),
      ...(branch === undefined ? {} : { branch }),
    };
  } catch {
    return plain;
  }
}

function workTree(from: string): string | undefined {
  for (let directory = from; ; directory = path.dirname(directory)) {
    if (existsSync(path.join(directory, '.git'))) return directory;
    if (directory === path.dirname(directory)) return undefined;
  }
}

/** `.git` is a directory, or (in a linked work tree) a file that names one. */
function gitDirectory(root: string): string {
  const dot = path.join(root, '.git');
  if (statSync(dot).isDirectory()) return dot;
  return path.resolve(root, /^gitdir: (.+)$/m.exec(readFileSync(dot, 'utf8'))![1]!);
}

function common(git: string): string {
  const file = path.join(git, 'commondir');
  return existsSync(file) ? path.resolve(git, readFileSync(file, 'utf8').trim()) : git;
}

function commitOf(git: string, ref: string): string | undefined {
  const base = common(git);
  const loose = path.join(base, ref);
  if (existsSync(loose)) return readFileSync(loose, 'utf8').trim();
  const packed = path.join(base, 'packed-refs');
  if (!existsSync(packed)) return undefined;
  const line = readFileSync(packed, 'utf8')
    .split('\n')
    .find((each) => each.endsWith(` ${ref}`));
  return line?.split(' ')[0];
}

/** The URL of `origin`, without the credentials that some people put there. */
function remoteOf(git: string): string | undefined {
  const config = readFileSync(path.join(git, 'config'), 'utf8');
  const section = /\[remote "origin"\]([^[]*)/.exec(config)?.[1];
  return /^\s*url\s*=\s*(\S+)\s*$/m
    .exec(section ?? '')?.[1]
    ?.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
}

/** Where people read it: `git@host:org/repo.git` as `https://host/org/repo`. */
function webUrl(remote: string): string {
  const scp = /^[^/@:]+@([^/:]+):(.+)$/.exec(remote);
  const url = scp ? `https://${scp[1]}/${scp[2]}` : remote.replace(/^(ssh|git):/, 'https:');
  return (/^[a-z][a-z0-9+.-]*:/i.test(url) ? url : pathToFileURL(url).href).replace(/\.git$/, '');
}
