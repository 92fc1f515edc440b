import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fail } from '../../schemas/errors';
import type { AuditLog, SignedHead, StoredEntry } from '../../store/audit/log';
import { canonicalJson } from '../../store/digest';
import { GENESIS } from './entry';
import { isSigned, publicKey, signHead, type SigningKey } from './keys';
import { type AuditFinding, type AuditReport, verifyAudit } from './verify';

/** First line of an export. */
interface Header {
  type: 'sluice-audit';
  version: 1;
  exportedAt: string;
  start: { seq: number; prev: string };
  keyId: string;
  publicKey: string;
}

/** Last line: signed, over every byte before it. */
interface End {
  type: 'end';
  sha256: string;
  entries: number;
  seq: number;
  hash: string;
  keyId: string;
  signature: string;
}

/**
 * The log as lines of canonical JSON (NDJSON): a header with the public key, entries, heads, and a signed end. Needs
 * nothing but itself, and a public key that one trusts, to be checked. `since`: ISO 8601; default: all of it.
 */
export async function* exportAudit(log: AuditLog, key: SigningKey, since?: string): AsyncGenerator<string> {
  const chain = await log.end();
  const first = since === undefined ? 1 : ((await log.firstSince(since)) ?? chain.seq + 1);
  const digest = createHash('sha256');
  const line = (value: unknown): string => {
    const text = `${canonicalJson(value)}\n`;
    digest.update(text);
    return text;
  };
  const exportedAt = new Date().toISOString();
  const start = { seq: first, prev: await hashBefore(log, first) };
  yield line({
    ...{ type: 'sluice-audit', version: 1, exportedAt, start },
    ...{ keyId: key.keyId, publicKey: key.publicKey },
  } satisfies Header);
  let last = { seq: first - 1, hash: start.prev };
  let entries = 0;
  for await (const entry of log.entries(first - 1, chain.seq)) {
    yield line({ type: 'entry', ...entry, data: JSON.parse(entry.data) as unknown });
    last = { seq: entry.seq, hash: entry.hash };
    entries += 1;
  }
  const heads = (await log.heads(first - 1)).filter(
    (head) => head.seq <= last.seq && head.keyId === key.keyId,
  );
  if (entries > 0 && heads.at(-1)?.seq !== last.seq) heads.push(signHead(key, { ...last, at: exportedAt }));
  for (const head of heads) yield line({ type: 'head', ...head });
  const end = { sha256: digest.digest('hex'), entries, ...last, keyId: key.keyId };
  yield `${canonicalJson({ type: 'end', ...end, signature: key.sign(end) })}\n`;
}

async function hashBefore(log: AuditLog, first: number): Promise<string> {
  if (first === 1) return GENESIS;
  for await (const entry of log.entries(first - 2, first - 1)) return entry.hash;
  return GENESIS;
}

export interface BundleReport extends AuditReport {
  /** The key the export is signed with, and whether it was known beforehand. */
  key: { keyId: string; pinned: boolean };
}

/**
 * Checks an export without any stack. `trusted`: keys known beforehand; when there is none the key in the file itself
 * is used, which proves that the file is whole, not who made it. Throws `not_found`; `source_invalid` for a file
 * that is no export.
 */
export async function verifyBundle(
  file: string,
  trusted: ReadonlyMap<string, string>,
): Promise<BundleReport> {
  const findings: AuditFinding[] = [];
  const damaged = (seq: number, message: string): void =>
    void findings.push({ kind: 'damaged', seq, message });
  const outline = await outlineOf(file, damaged);
  const { header, end, heads } = outline;
  const pinned = trusted.size > 0;
  const keys = pinned ? trusted : new Map([[header.keyId, header.publicKey]]);
  const report = await verifyAudit({
    entries: entriesOf(file),
    heads,
    trusted: keys,
    start: header.start,
    ...(end ? { end: { seq: end.seq, hash: end.hash } } : {}),
  });
  if (!end) {
    damaged(report.seq, 'the signed end is missing: the file was cut off');
  } else {
    const { type: _type, signature, ...signed } = end;
    const pem = keys.get(end.keyId);
    if (pem === undefined || !isSigned(signed, signature, pem)) {
      damaged(
        end.seq,
        `the end is not signed with ${pem === undefined ? 'a key that is trusted here' : `the key ${end.keyId}`}`,
      );
    }
    if (end.sha256 !== outline.sha256) damaged(end.seq, 'the file is not byte for byte what was exported');
    if (end.entries !== report.entries)
      damaged(end.seq, `there were ${end.entries} entries, now there are ${report.entries}`);
  }
  const all = [...report.findings, ...findings];
  return { ...report, ok: all.length === 0, findings: all, key: { keyId: header.keyId, pinned } };
}

interface Outline {
  header: Header;
  end?: End;
  heads: SignedHead[];
  /** Of everything before the end. */
  sha256: string;
}

async function outlineOf(file: string, damaged: (seq: number, message: string) => void): Promise<Outline> {
  const digest = createHash('sha256');
  const heads: SignedHead[] = [];
  let [header, end]: [Header?, End?] = [];
  let at = 0;
  for await (const { text, value } of linesOf(file)) {
    if (!header) {
      header = headerOf(value, file);
    } else if (end) {
      damaged(at, 'there is more after the end');
    } else if (value?.type === 'head') {
      const { type: _type, ...head } = value;
      heads.push(head as unknown as SignedHead);
    } else if (value?.type === 'end') {
      end = value as unknown as End;
      if (text !== `${canonicalJson(value)}\n`) damaged(end.seq, 'the end was altered');
      continue;
    } else if (value?.type === 'entry') {
      at = Number(value.seq);
    } else {
      damaged(at + 1, `the line after entry ${at} is neither an entry nor a head`);
    }
    digest.update(text);
  }
  if (!header) throw notAnExport(file);
  return { header, ...(end ? { end } : {}), heads, sha256: digest.digest('hex') };
}

async function* entriesOf(file: string): AsyncGenerator<StoredEntry> {
  for await (const { value } of linesOf(file)) {
    if (value?.type !== 'entry') continue;
    const { type: _type, data, ...entry } = value;
    yield { ...(entry as Omit<StoredEntry, 'data'>), data: canonicalJson(data ?? null) };
  }
}

type Line = { text: string; value?: Record<string, unknown> & { type?: unknown } };

async function* linesOf(file: string): AsyncGenerator<Line> {
  let rest = '';
  const stream = createReadStream(file, 'utf8').on('error', () => undefined);
  try {
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop()!;
      for (const line of lines) yield parsed(`${line}\n`);
    }
  } catch (cause) {
    throw fail('not_found', `The file ${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, {
      next: 'Give the path of what `sluice audit export` wrote.',
      place: file,
      cause,
    });
  }
  if (rest !== '') yield parsed(rest);
}

function parsed(text: string): Line {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { text, value: value as NonNullable<Line['value']> };
  } catch {
    // Not JSON: whoever reads it says so, with its place.
  }
  return { text };
}

function headerOf(value: Line['value'], file: string): Header {
  const header = value as unknown as Header | undefined;
  if (header?.type !== 'sluice-audit' || header.version !== 1 || typeof header.publicKey !== 'string')
    throw notAnExport(file);
  if (!Number.isSafeInteger(header.start?.seq) || typeof header.start.prev !== 'string')
    throw notAnExport(file);
  // A key id is the key's: another key under a trusted id is no trusted key.
  if (publicKey(header.publicKey).keyId !== header.keyId) throw notAnExport(file);
  return header;
}

const notAnExport = (file: string): Error =>
  fail('source_invalid', `${file} is not an export of an audit log, or its beginning was altered.`, {
    next: 'Give the path of what `sluice audit export` wrote.',
    place: file,
  });
