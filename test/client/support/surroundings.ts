import { PassThrough } from 'node:stream';
import type { Surroundings } from '../../../client/cli/terminal';
import { folder } from './files';

export interface Captured extends Surroundings {
  /** What was written so far. */
  output(): { stdout: string; stderr: string };
  /** What a person types, line by line, each when it is asked for. */
  type(...lines: string[]): void;
}

/** A process's surroundings without a process: a home of its own that nothing runs in, nobody at the terminal. */
export function surroundings({ tty = false, input = '' } = {}): Captured {
  const stdin = new PassThrough();
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr'): PassThrough => {
    const stream = new PassThrough();
    stream.on('data', (chunk: Buffer) => void (written[name] += chunk.toString()));
    return Object.assign(stream, { isTTY: tty, columns: 100 });
  };
  const cwd = folder();
  if (!tty) stdin.end(input);
  const waiting: string[] = [];
  const stderr = sink('stderr');
  // Asked for: whatever ends in a space and no line feed.
  stderr.on('data', (chunk: Buffer) => {
    if (/[?:)] $/.test(chunk.toString()) && waiting.length > 0) stdin.write(waiting.shift()!);
  });
  return {
    stdin: Object.assign(stdin, { isTTY: tty, setRawMode: () => stdin }) as unknown as NodeJS.ReadStream,
    stdout: sink('stdout') as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    env: { SLUICE_HOME: `${cwd}/.sluice`, TERM: 'dumb' },
    cwd,
    command: 'sluice',
    output: () => written,
    type: (...lines) => void waiting.push(...lines),
  };
}
