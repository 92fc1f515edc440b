import type { Payload } from '@temporalio/common';
import { z } from 'zod';
import { fail } from '../../schemas/errors';

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/, 'base64');

const payloadsSchema = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), base64).default({}), data: base64.default('') }))
    .max(10_000),
});

/** Payloads in the JSON form of Protobuf: bytes are base64. Throws `usage`, never quoting what was sent. */
export function payloadsFrom(text: string): Payload[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed();
  }
  const parsed = payloadsSchema.safeParse(value);
  if (!parsed.success) throw malformed();
  return parsed.data.payloads.map(({ metadata, data }) => ({
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([key, item]) => [key, Buffer.from(item, 'base64')]),
    ),
    data: Buffer.from(data, 'base64'),
  }));
}

export function payloadsText(payloads: readonly Payload[]): string {
  const of = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return JSON.stringify({
    payloads: payloads.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([key, item]) => [key, of(item)])),
      data: of(data ?? new Uint8Array()),
    })),
  });
}

function malformed(): Error {
  return fail(
    'usage',
    'The body is not {"payloads": [{"metadata": {…}, "data": "…"}]} with bytes in base64.',
    {
      next: 'Send what Temporal’s remote codec protocol says: https://docs.temporal.io/codec-server.',
    },
  );
}
