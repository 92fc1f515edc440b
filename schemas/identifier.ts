/** PostgreSQL cuts longer names off without an error. */
export const MAX_IDENTIFIER_BYTES = 63;

/** What to say of a name that PostgreSQL would cut off; `undefined`: it would not. */
export function tooLong(name: string): string | undefined {
  const bytes = Buffer.byteLength(name);
  return bytes <= MAX_IDENTIFIER_BYTES
    ? undefined
    : `"${name}" has ${bytes} bytes; PostgreSQL cuts names off after ${MAX_IDENTIFIER_BYTES}`;
}
