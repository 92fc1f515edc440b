import { createHash } from 'node:crypto';

/** Of Sluice's run ids; any UUID that nobody else uses. */
const NAMESPACE = Buffer.from('5d1f6a5e2c0b4d7f9a3e8b6c4f217d90', 'hex');

/** A UUID version 5 (RFC 9562): the same name, the same UUID, on any machine and in any attempt. */
export function uuidOf(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export const olRunId = (runId: string): string => uuidOf(`run/${runId}`);
export const olStepId = (runId: string, step: string): string => uuidOf(`run/${runId}/step/${step}`);
