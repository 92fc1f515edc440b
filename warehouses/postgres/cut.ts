import type { ClientBase } from 'pg';

/** Ends a client's connection at once; whatever waits for an answer on it is rejected. The server rolls back. */
export function cut(client: ClientBase): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}
