import { connect } from 'node:net';
import type { Address } from './options';

/** What the server told a client when it connected: enough to ask for the end of its running statement. */
export interface BackendKey {
  processID: number | null;
  secretKey: number | null;
}

const CANCEL_REQUEST_CODE = 80877102; // (1234 << 16) | 5678
const TIMEOUT_MS = 2_000;

/**
 * Asks the server to cancel what a backend is running. The server gives no answer and may find nothing to cancel.
 * Source: PostgreSQL protocol 3.0, "CancelRequest" (length 16, code, process id, secret key), on a connection of
 * its own, which the server closes. Never rejects: the caller sees the effect, or asks again.
 */
export function requestCancel({ host, port }: Address, { processID, secretKey }: BackendKey): Promise<void> {
  if (processID === null || secretKey === null) return Promise.resolve();
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(CANCEL_REQUEST_CODE, 4);
  message.writeInt32BE(processID, 8);
  message.writeInt32BE(secretKey, 12);
  return new Promise((resolve) => {
    const socket = connect(port, host, () => socket.end(message));
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
  });
}
