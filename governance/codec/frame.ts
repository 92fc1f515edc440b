import type { Payload } from '@temporalio/common';

/**
 * A payload as bytes: four bytes with the length of its head, the head as JSON (`metadata`: names to base64), its data.
 */
export function frame({ metadata, data }: Payload): Buffer {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString('base64'),
  ]);
  const head = Buffer.from(JSON.stringify(entries));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, data ?? new Uint8Array()]);
}

/** Throws for bytes that `frame` did not make. */
export function unframe(bytes: Buffer): Payload {
  const end = 4 + bytes.readUInt32BE(0);
  const entries = JSON.parse(bytes.toString('utf8', 4, end)) as [string, string][];
  return {
    metadata: Object.fromEntries(entries.map(([name, value]) => [name, Buffer.from(value, 'base64')])),
    data: bytes.subarray(end),
  };
}
