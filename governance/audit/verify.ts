import type { SignedHead, StoredEntry } from '../../store/audit/log';
import { entryHash, GENESIS, isIntact } from './entry';
import { isHeadSigned } from './keys';

export type FindingKind =
  /** Its content, place or time is not what its hash was taken of. */
  | 'edited'
  /** Entries are missing between two others, or before the first. */
  | 'gap'
  | 'reordered'
  /** It does not follow the one before it as that one is now. */
  | 'broken_link'
  /** The end is missing: there was more. */
  | 'cut_tail'
  /** The chain is whole, but it is not the one that was signed. */
  | 'rewritten'
  /** Not signed by the key it names. */
  | 'forged_head'
  /** Signed by a key that is not trusted here. */
  | 'unknown_key'
  /** What surrounds the entries of an export was altered. */
  | 'damaged';

export interface AuditFinding {
  kind: FindingKind;
  /** The entry it is about. */
  seq: number;
  message: string;
}

/** `audit verify --json` */
export interface AuditReport {
  ok: boolean;
  entries: number;
  /** The newest entry, and its hash. */
  seq: number;
  hash: string;
  /** Signed heads that agree with the chain. */
  heads: number;
  /** The newest entry that a signed head vouches for; what comes after it could be cut off unnoticed. */
  signedUpTo: number;
  findings: AuditFinding[];
}

export interface VerifyInput {
  entries: AsyncIterable<StoredEntry> | Iterable<StoredEntry>;
  heads: readonly SignedHead[];
  /** Key id → public key (PEM). */
  trusted: ReadonlyMap<string, string>;
  /** Where the log is said to begin; default: with entry 1. */
  start?: { seq: number; prev: string };
  /** Where somebody who wrote it says that it ends. */
  end?: { seq: number; hash: string };
}

/** More would say nothing new. */
const MAX_FINDINGS = 100;

/** How far from its place an entry that was moved is looked for. */
const NEAR = 20;

/** Walks the chain once, in memory that does not grow with it (but for the heads). Throws nothing for what it finds. */
export async function verifyAudit(input: VerifyInput): Promise<AuditReport> {
  const findings: AuditFinding[] = [];
  const found = (kind: FindingKind, seq: number, message: string): void => {
    if (findings.length < MAX_FINDINGS) findings.push({ kind, seq, message });
  };
  const heads = vouched(input, found);
  const start = input.start ?? { seq: 1, prev: GENESIS };
  let last = { seq: start.seq - 1, hash: start.prev };
  let [entries, agreed, signedUpTo] = [0, 0, 0];
  let broken = false;
  for await (const entry of input.entries) {
    const { seq } = entry;
    entries += 1;
    if (seq <= last.seq) {
      found('reordered', seq, `entry ${seq} stands after entry ${last.seq}`);
    } else if (seq > last.seq + 1) {
      const [from, to] = [last.seq + 1, seq - 1];
      found('gap', from, from === to ? `entry ${from} is missing` : `entries ${from} to ${to} are missing`);
    } else if (entry.prev !== last.hash) {
      const before =
        seq === 1
          ? 'is not the first one that was written'
          : `does not follow entry ${last.seq} as it is now`;
      found('broken_link', seq, `entry ${seq} ${before}`);
    }
    if (!isIntact(entry)) found('edited', seq, editedText(entry));
    for (const head of heads.get(seq) ?? []) {
      if (head.hash === entry.hash) {
        agreed += 1;
        signedUpTo = seq;
      } else if (!broken) {
        broken = true;
        const since = signedUpTo === 0 ? '' : ` after entry ${signedUpTo}`;
        found(
          'rewritten',
          seq,
          `entry ${seq} is not the one that was signed at ${head.at}: the log was rewritten${since}`,
        );
      }
    }
    last = { seq: Math.max(seq, last.seq), hash: entry.hash };
  }
  const { end } = input;
  const beyond = Math.max(end?.seq ?? 0, ...[...heads.keys()].filter((seq) => seq > last.seq));
  if (beyond > last.seq) {
    found(
      'cut_tail',
      last.seq + 1,
      `the log ends with entry ${last.seq}, but there were entries up to ${beyond} at least`,
    );
  } else if (end && end.seq === last.seq && end.hash !== last.hash) {
    found('broken_link', last.seq, `entry ${last.seq} is not the one that was written last`);
  }
  return { ok: findings.length === 0, entries, ...last, heads: agreed, signedUpTo, findings };
}

/** Heads that are what they say, by the entry they are about; the others are findings. */
function vouched(
  { heads, trusted, start }: VerifyInput,
  found: (kind: FindingKind, seq: number, message: string) => void,
): Map<number, SignedHead[]> {
  const good = new Map<number, SignedHead[]>();
  const unknown = new Set<string>();
  for (const head of heads) {
    const pem = trusted.get(head.keyId);
    if (pem === undefined) {
      if (!unknown.has(head.keyId))
        found(
          'unknown_key',
          head.seq,
          `the head of entry ${head.seq} is signed with the key ${head.keyId}, which is not trusted here`,
        );
      unknown.add(head.keyId);
    } else if (!isHeadSigned(head, pem)) {
      found(
        'forged_head',
        head.seq,
        `the head of entry ${head.seq} was not signed with the key ${head.keyId}`,
      );
    } else if (head.seq >= (start?.seq ?? 1)) {
      good.set(head.seq, [...(good.get(head.seq) ?? []), head]);
    }
  }
  return good;
}

function editedText(entry: StoredEntry): string {
  for (let seq = Math.max(1, entry.seq - NEAR); seq <= entry.seq + NEAR; seq += 1) {
    if (seq !== entry.seq && hashAs(entry, seq) === entry.hash) {
      return `entry ${entry.seq} was written as entry ${seq}: its place was changed`;
    }
  }
  return `entry ${entry.seq} is not as it was written`;
}

function hashAs(entry: StoredEntry, seq: number): string | undefined {
  try {
    return entryHash({ ...entry, seq });
  } catch {
    return undefined;
  }
}
