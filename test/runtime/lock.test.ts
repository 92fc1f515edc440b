import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock, withLock } from '../../runtime/lock';
import { identify } from '../../runtime/processes';
import { temporaryDirectory } from './support';

describe('a lock', () => {
  const directory = temporaryDirectory();
  const file = path.join(directory, 'lock');
  const options = { what: 'a test', timeoutMs: 5_000 };
  afterAll(() => rmSync(directory, { recursive: true }));

  it('lets one at a time work, and is gone afterwards', async () => {
    let [working, most, done] = [0, 0, 0];
    const work = async (): Promise<void> => {
      most = Math.max(most, ++working);
      await sleep(5);
      working -= 1;
      done += 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(file, options, work)));
    expect({ most, done }).toEqual({ most: 1, done: 8 });
    expect(existsSync(file)).toBe(false);
  });

  it('is given back when the work fails', async () => {
    await expect(withLock(file, options, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
  });

  it('of a process that is gone is taken over, by one', async () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'another boot' }));
    let most = 0;
    let working = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++working);
      await sleep(20);
      working -= 1;
    };
    await Promise.all(Array.from({ length: 4 }, () => withLock(file, options, work)));
    expect(most).toBe(1);
  });

  it('can be tried without waiting', () => {
    const other = path.join(directory, 'other');
    expect(tryLock(other)).toEqual({ kind: 'mine', pid: process.pid, fresh: true });
    expect(tryLock(other)).toEqual({ kind: 'mine', pid: process.pid, fresh: false });
    writeFileSync(other, JSON.stringify(identify(process.ppid)));
    expect(tryLock(other)).toEqual({ kind: 'other', pid: process.ppid });
  });

  it('that is held too long is lock_timeout, naming the holder', async () => {
    await withLock(file, options, async () => {
      const waits: number[] = [];
      const second = withLock(
        file,
        { ...options, timeoutMs: 100, onWait: (pid) => waits.push(pid) },
        async () => 1,
      );
      await expect(second).rejects.toMatchObject({
        problem: { code: 'lock_timeout', message: expect.stringContaining(String(process.pid)) },
      });
      expect(waits).toEqual([process.pid]);
    });
  });
});
