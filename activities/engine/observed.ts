import type { Change, Estimate, Finding, RelationName } from '../../schemas/change';
import type { Effect } from '../../schemas/effect';
import { RISKS } from '../../schemas/change';
import { quoteRelation } from '../../sql/quote';
import type { ReadSession } from '../../warehouses/warehouse';

/** Of a live table: bytes of its rows, with and without its indexes, and how many rows there are by the statistics. */
export interface Size {
  bytes: number;
  indexes: number;
  rows: number;
}
export type Sizes = ReadonlyMap<RelationName, Size>;

/** Bytes (or rows) a second of an ordinary server: for estimates, which say that they are. */
const REWRITES = 60e6;
const INDEXES = 80e6;
const READS = 400e6;
const KEEPS = 50e6;
const WRITES = 200_000;

/** Of what is there in the live database: what only this run makes, nobody waits for. */
export async function sizesOf(live: ReadSession, effects: readonly Effect[]): Promise<Sizes> {
  const names = [...new Set(effects.map(({ relation }) => relation))];
  const rows = await live.query<Size & { name: RelationName }>(
    `select w.name, pg_table_size(c.oid)::float8 as bytes, pg_indexes_size(c.oid)::float8 as indexes,
            greatest(c.reltuples, 0)::float8 as rows
       from unnest($1::text[], $2::text[]) as w (name, quoted) join pg_class c on c.oid = to_regclass(w.quoted)`,
    [names, names.map(quoteRelation)],
  );
  return new Map(rows.map(({ name, ...size }) => [name, size]));
}

/** Guesses from a statement's words, which what was observed takes the place of. */
const GUESSES = new Set([
  'column_rewrites',
  'type_change_rewrites',
  'not_null_scans',
  'check_scans',
  'foreign_key_blocks_writers',
  'key_builds_index',
  'index_blocks_writers',
]);

/** The change with what its rehearsal showed: findings, locks, seconds, and its risk where rows are written anew. */
export function withObserved(change: Change, effects: readonly Effect[], sizes: Sizes): Change {
  const observed = effects.filter(({ relation }) => sizes.has(relation));
  const watched = observed.some(({ place }) => place !== undefined);
  const rewrites = observed.some(({ rewritten }) => rewritten);
  const atLeast = rewrites ? RISKS.indexOf('rewriting') : 0;
  const { locks = change.estimate.locks, seconds } = costOf(observed, sizes, change.estimate, watched);
  return {
    ...change,
    risk: RISKS[Math.max(RISKS.indexOf(change.risk), atLeast)]!,
    findings: watched ? findingsOf(change.findings, observed, sizes) : change.findings,
    estimate: {
      ...change.estimate,
      ...(locks !== undefined && { locks }),
      ...(watched && seconds !== undefined && { seconds }),
    },
    observed,
  };
}

function findingsOf(guessed: readonly Finding[], effects: readonly Effect[], sizes: Sizes): Finding[] {
  const held = new Set<RelationName>();
  const found = effects.flatMap((effect): Finding[] => {
    if (effect.blocks === 'everybody') held.add(effect.relation);
    if (effect.place === undefined) return [];
    const who = held.has(effect.relation) ? 'readers and writers wait' : 'writers wait';
    const { relation, place } = effect;
    const rule = guessed.find((guess) => guess.place === place && GUESSES.has(guess.rule))?.rule;
    const warn = (otherwise: string, what: string): Finding[] => [
      { severity: 'warning', rule: rule ?? otherwise, message: `${what} while ${who}.`, place },
    ];
    const rows = `very row of ${relation} (${about(sizes.get(relation)!)})`;
    if (effect.rewritten) return warn('column_rewrites', `E${rows} is written anew`);
    if (effect.indexed) return warn('index_built', `An index is built over e${rows}`);
    if (effect.scanned) return warn('every_row_read', `E${rows} is read`);
    return [];
  });
  return [...guessed.filter(({ rule }) => !GUESSES.has(rule)), ...found];
}

/**
 * Per table the strongest lock, who waits for it, and for how long by estimate: a lock is held from its statement to the
 * end of the transaction, so that all that is done after it counts.
 */
export function costOf(
  effects: readonly Effect[],
  sizes: Sizes,
  { rows = 0, undoBytes = 0 }: Pick<Estimate, 'rows' | 'undoBytes'>,
  known = true,
): { locks?: string; seconds?: number } {
  const held = effects.filter(({ relation }) => sizes.has(relation));
  if (held.length === 0 || !known) return {};
  const aside = undoBytes / KEEPS;
  const takes = held.map((effect) => secondsOf(effect, sizes.get(effect.relation)!));
  const from = (index: number): number =>
    Math.max(
      takes.slice(index).reduce((sum, each) => sum + each, 0),
      rows / WRITES,
    ) + aside;
  const lines = [...new Set(held.map(({ relation }) => relation))].flatMap((relation) => {
    const everybody = held.findIndex(
      (effect) => effect.relation === relation && effect.blocks === 'everybody',
    );
    const first =
      everybody >= 0 ? everybody : held.findIndex((each) => each.relation === relation && each.blocks);
    if (first < 0) return [];
    const why = whyLong(held.slice(first).filter((effect) => effect.relation === relation));
    const [who, others] =
      everybody >= 0 ? ['readers and writers wait', ''] : ['writers wait', ', readers go on'];
    return [
      { everybody: everybody >= 0, text: `${relation}: ${who} ${howLong(from(first))}${why}${others}` },
    ];
  });
  return { ...(lines.length > 0 && { locks: strongestFirst(lines).join('; ') }), seconds: from(0) };
}

const strongestFirst = (lines: readonly { everybody: boolean; text: string }[]): string[] =>
  [...lines].sort((a, b) => Number(b.everybody) - Number(a.everybody)).map(({ text }) => text);

function secondsOf({ rewritten, indexed, scanned }: Effect, { bytes, indexes }: Size): number {
  if (rewritten) return (bytes + indexes) / REWRITES;
  if (indexed) return bytes / INDEXES;
  return scanned ? bytes / READS : 0;
}

const howLong = (seconds: number): string =>
  seconds < 1 ? 'for a moment' : `about ${Math.round(seconds)} s (estimated)`;

function whyLong(effects: readonly Effect[]): string {
  if (effects.some(({ rewritten }) => rewritten)) return ' while every row is rewritten';
  if (effects.some(({ indexed }) => indexed)) return ' while an index is built';
  return effects.some(({ scanned }) => scanned) ? ' while every row is read' : '';
}

function about({ bytes, indexes, rows }: Size): string {
  const all = bytes + indexes;
  const size =
    all >= 1e9
      ? `${(all / 1e9).toFixed(1)} GB`
      : all >= 1e6
        ? `${Math.round(all / 1e6)} MB`
        : `${Math.ceil(all / 1e3)} kB`;
  return rows > 0 ? `about ${Math.round(rows).toLocaleString('en-US')} rows, ${size}` : size;
}
