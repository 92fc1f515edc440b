import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { Interrupt } from './interrupt';

/**
 * Small chunks are gathered into messages of this size, in bytes: each CopyData message costs the server a round of
 * its own. A chunk that is already as big goes out as it is, uncopied.
 */
const MESSAGE_BYTES = 64 * 1024;
/** So many bytes may wait for the server: the source is read on while the socket drains. */
const WAITING_BYTES = 1024 * 1024;

/**
 * `COPY … FROM STDIN` of the chunks; returns the number of rows. The source is read no faster than the server takes
 * it. An abort, or an error of the source, fails the COPY at once, even while the source keeps us waiting.
 */
export async function copyFromChunks(
  client: ClientBase,
  sql: string,
  chunks: AsyncIterable<Buffer>,
  signal?: AbortSignal,
): Promise<number> {
  const copy = client.query(copyFrom(sql, { highWaterMark: WAITING_BYTES }));
  const interrupt = new Interrupt();
  // The server refuses at whatever moment it likes; after that there is nothing to be said to it any more.
  let answered = false;
  copy.on('error', (error) => {
    answered = true;
    interrupt.fail(error);
  });
  const onAbort = (): void => interrupt.fail(new DOMException('This operation was aborted', 'AbortError'));
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const source = chunks[Symbol.asyncIterator]();
  try {
    for (const messages = gathered(source, interrupt); ;) {
      const message = await messages.next();
      if (message.done) break;
      if (!copy.write(message.value)) await interrupt.wait(once(copy, 'drain'));
    }
    copy.end();
    await interrupt.wait(once(copy, 'finish'));
    return copy.rowCount;
  } catch (error) {
    // Not awaited: a source that keeps us waiting may never answer.
    void source.return?.()?.catch(() => undefined);
    if (!answered && !copy.destroyed) await failed(client, copy, error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

async function* gathered(source: AsyncIterator<Buffer>, interrupt: Interrupt): AsyncGenerator<Buffer, void> {
  let parts: Buffer[] = [];
  let size = 0;
  for (;;) {
    const next = await interrupt.wait(source.next());
    if (!next.done) {
      parts.push(next.value);
      size += next.value.length;
    }
    if (size > 0 && (next.done || size >= MESSAGE_BYTES)) {
      yield parts.length === 1 ? parts[0]! : Buffer.concat(parts, size);
      [parts, size] = [[], 0];
    }
    if (next.done) return;
  }
}

/**
 * Sends CopyFail and waits until the server has answered, so that the connection can be used for ROLLBACK. A server
 * that is gone before it has accepted the COPY never answers: the end of the connection is an answer too.
 */
function failed(client: ClientBase, copy: ReturnType<typeof copyFrom>, error: unknown): Promise<void> {
  return new Promise((resolve) => {
    client.once('end', () => resolve());
    if (isGone(client)) resolve();
    copy.once('error', () => resolve());
    copy.once('close', () => resolve());
    const aborted = error instanceof Error && error.name === 'AbortError';
    // The reason appears in the server's log: never the source's own message, it may quote a row.
    copy.destroy(new Error(aborted ? 'cancelled by the client' : 'the source failed'));
  });
}

function isGone(client: ClientBase): boolean {
  return (client as unknown as { connection?: { stream?: Socket } }).connection?.stream?.destroyed !== false;
}
