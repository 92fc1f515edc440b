import type { RelationName } from '../../schemas/change';
import { quoteRelation } from '../../sql/quote';
import type { ReadSession } from '../warehouse';

const LANES = 4;
const LANE_MODULUS = 1n << 64n;

/**
 * The rows of a relation as a multiset, whatever their order: the number of rows and, in four lanes of 64 bits, the
 * sum of the SHA-256 of every row's text. An additive multiset hash (Bellare and Micciancio's AdHash, 1997, with lanes
 * of 2^64): rows that differ by accident collide with a chance of 2^-256, one row too many or twice is seen, and the
 * checksum of two sets of rows is the sum of theirs. It is no defence against somebody who constructs rows.
 * A row's text is PostgreSQL's record output: values in the order of columns, NULL and '' apart, floats exact.
 */
export interface ContentChecksum {
  rows: bigint;
  lanes: readonly bigint[];
}

export const NO_CONTENT: ContentChecksum = { rows: 0n, lanes: Array<bigint>(LANES).fill(0n) };

interface Sums {
  rows: string;
  lanes: string[];
}

/**
 * Functions by their schema: a function of the user's with the same name and nearer argument types would be taken
 * instead. Aggregates over a source of records `r`: for a table, or for what an INSERT returned. */
export function checksumSql(from: string): string {
  const lane = (n: number): string =>
    `coalesce(sum(('x' || substr(hash, ${n * 16 + 1}, 16))::bit(64)::bigint), 0)::text`;
  return `select count(*)::text as rows, array[${[0, 1, 2, 3].map(lane).join(', ')}] as lanes
    from (select pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to((r.*)::text, 'UTF8')), 'hex') as hash from ${from} as r) as hashed`;
}

/**
 * Of a table, a partitioned table or a materialised view; `only` leaves out what inherits from it. One pass, in the
 * server; the same settings (time zone, float digits) must be in force for two checksums to be compared.
 */
export async function contentChecksum(
  session: ReadSession,
  relation: RelationName,
  only = false,
): Promise<ContentChecksum> {
  const rows = await session.query<Sums>(checksumSql(`${only ? 'only ' : ''}${quoteRelation(relation)}`));
  return toChecksum(rows[0]!);
}

export function toChecksum({ rows, lanes }: Sums): ContentChecksum {
  return { rows: BigInt(rows), lanes: lanes.map((lane) => BigInt.asUintN(64, BigInt(lane))) };
}

export function addContent(a: ContentChecksum, b: ContentChecksum): ContentChecksum {
  return { rows: a.rows + b.rows, lanes: a.lanes.map((lane, i) => (lane + b.lanes[i]!) % LANE_MODULUS) };
}

export function subtractContent(a: ContentChecksum, b: ContentChecksum): ContentChecksum {
  return { rows: a.rows - b.rows, lanes: a.lanes.map((lane, i) => BigInt.asUintN(64, lane - b.lanes[i]!)) };
}

/** `rows:lanes` in hex: what is stored and compared. */
export function formatContent({ rows, lanes }: ContentChecksum): string {
  return `${rows}:${lanes.map((lane) => lane.toString(16).padStart(16, '0')).join('')}`;
}

export function parseContent(text: string): ContentChecksum {
  const [rows = '', hex = ''] = text.split(':');
  const lanes = hex.match(/.{16}/g);
  if (!/^\d+$/.test(rows) || lanes?.length !== LANES) throw new RangeError(`not a content checksum: ${text}`);
  return { rows: BigInt(rows), lanes: lanes.map((lane) => BigInt(`0x${lane}`)) };
}
