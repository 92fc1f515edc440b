import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { findByCommand } from '../../runtime/process-search';
import { end, identify, isRunning, signal } from '../../runtime/processes';

describe('a process', () => {
  const children: ChildProcess[] = [];
  afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

  async function start(script: string): Promise<number> {
    const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    await once(child.stdout, 'data');
    return child.pid!;
  }

  it('is ended politely when it listens', async () => {
    const ref = identify(await start('trap "exit 0" TERM; echo on; while :; do sleep 0.05; done'))!;
    expect(isRunning(ref)).toBe(true);
    expect(await end(ref, 'SIGTERM', 5_000)).toBe('ended');
    expect(isRunning(ref)).toBe(false);
    expect(await end(ref, 'SIGTERM', 5_000)).toBe('gone');
  });

  it('is killed when it does not', async () => {
    const ref = identify(await start('trap "" TERM; echo on; while :; do sleep 0.05; done'))!;
    expect(await end(ref, 'SIGTERM', 200)).toBe('killed');
    expect(isRunning(ref)).toBe(false);
  });

  it('that has the number of another one is left alone', async () => {
    const pid = await start('echo on; exec sleep 30');
    const before = { pid, started: 'earlier' };
    expect(isRunning(before)).toBe(false);
    expect(signal(before, 'SIGKILL')).toBe(false);
    expect(isRunning(identify(pid))).toBe(true);
  });

  it('is found by whole arguments of its command line', async () => {
    const mark = `--home=/tmp/mark-${process.pid}`;
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)', '--', mark, 'x']);
    children.push(child);
    await once(child, 'spawn');
    expect(findByCommand(`${mark} `).map(({ pid }) => pid)).toEqual([child.pid]);
    expect(findByCommand(`${mark.slice(0, -1)} `)).toEqual([]);
  });

  it('that never was is not identified', () => {
    expect([identify(2 ** 30), identify(0), identify(-1), identify(Number.NaN)]).toEqual(
      Array(4).fill(undefined),
    );
  });
});
