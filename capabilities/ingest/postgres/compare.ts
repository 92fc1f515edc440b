import { quoteIdent, quoteRelation } from '../../../sql/quote';
import type { SourceDatabase } from '../../../sources/sources';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { LoadedColumn } from '../body';
import { within } from '../within';

/** Rows that are compared one by one, and milliseconds that each side may take. */
const MOST_ROWS = 20_000;
const LIMIT_MS = 4_000;

/** What arriving rows would do to the table. */
export interface Compared {
  added: number;
  changed: number;
  equal: number;
}

/** A column as the source sends it, by its name in the table. */
export interface SentColumn {
  name: string;
  type: string;
}

/**
 * Compares the rows that a load would read with those of the table, by key: which are new, which differ, which are the same
 * already. `select` gives the rows, its columns named as in the source, in the order of `sent`. `undefined`: there are
 * too many, or looking takes too long.
 */
export async function compareByKey(
  source: SourceDatabase,
  live: ReadSession,
  select: string,
  relation: string,
  {
    sent,
    key,
    loaded,
  }: { sent: readonly SentColumn[]; key: readonly string[]; loaded: readonly LoadedColumn[] },
): Promise<Compared | undefined> {
  const names = sent.map((_, index) => `c${index}`);
  const keys = key.map((name) => names[sent.findIndex((column) => column.name === name)]!);
  const arriving = await within(source, LIMIT_MS, () =>
    source.query<Record<string, string>>(
      `select md5(row(${names.join(', ')})::text) as hash, ${keys.map((name, index) => `${name}::text as k${index}`).join(', ')}
         from (${select}\n) rows (${names.join(', ')}) limit ${MOST_ROWS + 1}`,
    ),
  );
  if (!arriving || arriving.length > MOST_ROWS) return undefined;
  const typeOf = (name: string): string => loaded.find((column) => column.name === name)!.type;
  const there = await within(live, LIMIT_MS, () =>
    live.query<{ nth: string; hash: string }>(
      `select k.nth, md5(row(${sent.map(({ name, type }) => `t.${quoteIdent(name)}::${type}`).join(', ')})::text) as hash
         from unnest(${keys.map((_, index) => `$${index + 1}::text[]`).join(', ')}) with ordinality
              as k(${keys.map((_, index) => `k${index}`).join(', ')}, nth)
         join ${quoteRelation(relation)} t
           on ${key.map((name, index) => `t.${quoteIdent(name)} = k.k${index}::${typeOf(name)}`).join(' and ')}`,
      keys.map((_, index) => arriving.map((row) => row[`k${index}`] ?? null)),
    ),
  );
  if (!there) return undefined;
  const found = new Map(there.map(({ nth, hash }) => [Number(nth) - 1, hash]));
  const compared: Compared = { added: 0, changed: 0, equal: 0 };
  arriving.forEach((row, index) => {
    const hash = found.get(index);
    compared[hash === undefined ? 'added' : hash === row.hash ? 'equal' : 'changed']++;
  });
  return compared;
}
