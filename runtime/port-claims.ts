import { mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tryLock } from './lock';

/** One directory for all homes of a user: stacks that start at the same time look at the same ports. */
const directory = (): string => path.join(tmpdir(), `sluice-ports-${process.getuid?.() ?? 0}`);

/**
 * Claims a port for this process, for as long as it lives; false when another living one has claimed it. That a port
 * is free says nothing about the next instant: a stack that found another's Temporal on "its" port would take it for
 * its own.
 */
export function claimPort(port: number): boolean {
  try {
    mkdirSync(directory(), { recursive: true, mode: 0o700 });
    if (statSync(directory()).uid !== process.getuid?.()) return true; // a stranger's: claims mean nothing in it
    return tryLock(path.join(directory(), String(port))).kind === 'mine';
  } catch {
    return true; // no place for temporary files: then without claims
  }
}
