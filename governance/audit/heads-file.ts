import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { fail } from '../../schemas/errors';
import type { SignedHead } from '../../store/audit/log';

/** One head a line. A crash can leave half a line; the next head begins a new one. */
export function appendHead(file: string, head: SignedHead): void {
  const half = existsSync(file) && !endsInLineFeed(file) ? '\n' : '';
  appendFileSync(file, `${half}${JSON.stringify(head)}\n`, { mode: 0o600 });
}

/** Heads of a file; lines that are none (half written) are passed over. Throws `not_found`. */
export function readHeads(file: string): SignedHead[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw fail('not_found', `The file of heads ${file} cannot be read.`, {
      next: 'Give the path of an audit-heads.ndjson.',
      place: file,
      cause,
    });
  }
  return text.split('\n').flatMap((line) => {
    try {
      const head = JSON.parse(line) as SignedHead;
      return Number.isSafeInteger(head.seq) && typeof head.signature === 'string' ? [head] : [];
    } catch {
      return [];
    }
  });
}

function endsInLineFeed(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const last = Buffer.alloc(1);
    return size === 0 || (readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] === 10);
  } finally {
    closeSync(descriptor);
  }
}
