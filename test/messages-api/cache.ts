import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { invalid } from './errors';
import type { ModelFacts } from './models';
import { piecesOf } from './tokens';
import type { Body } from './request';

export interface InputUsage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
}

/** How many blocks before a mark are looked at for a prefix that is already there. */
const LOOKBACK = 20;
const MOST_MARKS = 4;
const TTL_MS = { '5m': 5 * 60_000, '1h': 60 * 60_000 };

/**
 * The prompt cache: prefixes of tools, system and messages per model, up to each mark. What was seen before is read,
 * what is new up to the last mark is written; a read renews. A prefix below the model's minimum is neither.
 */
export class PromptCache {
  private readonly entries = new Map<string, { until: number; ttl: '5m' | '1h' }>();

  constructor(private readonly now: () => number) {}

  /** Looks without writing: what is written is there once the answer began (`commit`). */
  look(body: Body, facts: ModelFacts): { usage: InputUsage; commit: () => void } {
    const pieces = piecesOf(body);
    const marks = pieces.flatMap((piece, at) => (piece.mark ? [{ at, ttl: piece.mark.ttl ?? '5m' }] : []));
    check(marks);

    const ends: { key: string; tokens: number }[] = [];
    const hash = createHash('sha256').update(body.model);
    let total = 0;
    for (const piece of pieces) {
      hash.update(`\n${canonicalize(piece.value)}`);
      total += piece.tokens;
      ends.push({ key: hash.copy().digest('hex'), tokens: total });
    }
    const useful = marks.filter(({ at }) => ends[at]!.tokens >= facts.cacheMinimum);
    const read = this.longestKnown(useful, ends);

    const written = { '5m': 0, '1h': 0 };
    let from = read?.tokens ?? 0;
    for (const { at, ttl } of useful) {
      const { tokens } = ends[at]!;
      if (tokens <= from) continue;
      written[ttl] += tokens - from;
      from = tokens;
    }
    return {
      usage: {
        input_tokens: total - from,
        cache_creation_input_tokens: written['5m'] + written['1h'],
        cache_read_input_tokens: read?.tokens ?? 0,
        cache_creation: {
          ephemeral_5m_input_tokens: written['5m'],
          ephemeral_1h_input_tokens: written['1h'],
        },
      },
      commit: () => {
        if (read) this.renew(read.key);
        for (const { at, ttl } of useful) this.write(ends[at]!.key, ttl);
      },
    };
  }

  private longestKnown(marks: { at: number }[], ends: { key: string; tokens: number }[]) {
    for (const { at } of [...marks].reverse())
      for (let back = at; back >= Math.max(0, at - LOOKBACK); back -= 1)
        if ((this.entries.get(ends[back]!.key)?.until ?? 0) > this.now()) return ends[back]!;
    return undefined;
  }

  private write(key: string, ttl: '5m' | '1h'): void {
    const old = this.entries.get(key);
    const until = Math.max(old?.until ?? 0, this.now() + TTL_MS[ttl]);
    this.entries.set(key, { until, ttl: old?.ttl === '1h' ? '1h' : ttl });
  }

  private renew(key: string): void {
    const entry = this.entries.get(key)!;
    entry.until = Math.max(entry.until, this.now() + TTL_MS[entry.ttl]);
  }
}

function check(marks: { ttl: '5m' | '1h' }[]): void {
  if (marks.length > MOST_MARKS)
    throw invalid(
      `A maximum of ${MOST_MARKS} blocks with cache_control may be provided. Found ${marks.length}.`,
    );
  const short = marks.findIndex(({ ttl }) => ttl === '5m');
  if (short >= 0 && marks.slice(short).some(({ ttl }) => ttl === '1h'))
    throw invalid(
      'cache_control: a ttl of `1h` must not come after a ttl of `5m` (order: tools, system, messages)',
    );
}
