import { z } from 'zod';
import type { Capability } from '../../../capabilities/capability';
import type { Registry } from '../../../capabilities/document';

/** A kind of step whose SQL may be a file: enough to know what a document's reader does with kinds. */
const sql = {
  kind: 'sql',
  input: z.strictObject({ file: z.string().optional(), statements: z.string().optional() }),
  bundle: (input: { file?: string }) => (input.file === undefined ? [] : [input.file]),
} as unknown as Capability;

export const kinds: Registry = new Map([['sql', sql]]);
