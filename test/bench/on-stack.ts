import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { down } from '../../runtime/stack/down';
import { up } from '../../runtime/stack/up';
import type { StackState } from '../../runtime/stack-file';

/**
 * Runs `work` on the product's own stack in a home of its own, as `npm run build` made it. `directory` is the root of
 * its files.
 */
export async function onStack<T>(
  work: (client: Client, stack: StackState, directory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-stack-'));
  const home = join(directory, '.sluice');
  const stack = await up({
    home,
    cwd: directory,
    worker: join(__dirname, '../../dist/workers/main.js'),
    supervisor: join(__dirname, '../../dist/runtime/supervisor/main.js'),
  });
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    return await work(new Client({ connection, namespace: stack.temporal.namespace }), stack, directory);
  } finally {
    await connection.close();
    await down({ home });
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Works through items in their order, so many at once. */
export async function inTurns<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) await work(items[index]!, index);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
