import type { Change, RelationName } from '../../schemas/change';
import { LEDGER_SCHEMA as S } from '../../warehouses/ledger.sql';
import type { ReadSession, WriteSession } from '../../warehouses/warehouse';
import type { IngestBody } from '../ingest';
import type { KeyColumn } from './body';
import { readRecord, type Read } from './raw-record';
import type { Values } from './values';

/** So many records are looked at at a time. */
const BATCH = 5_000;

interface Record {
  place: string;
  ctid: string;
  loadId: string;
  raw: string;
}

export interface QuarantineFound {
  /** Places in the table. */
  mine: string[];
  /** `file:line` of those that hold the value somewhere but cannot be told whose they are. */
  review: string[];
}

/** How the load that set rows aside reads its source; `undefined`: nobody knows any more. */
export type ChangeOf = (loadId: string) => Promise<Change<IngestBody> | undefined>;

/**
 * Quarantined rows of a relation that are the person's: by column where the record can be read by its load's format; a
 * record that cannot (it may be there for that very reason) is theirs when each value is one of its fields.
 */
export async function findQuarantined(
  session: ReadSession,
  relation: RelationName,
  columns: readonly KeyColumn[],
  values: Values,
  changeOf: ChangeOf,
): Promise<QuarantineFound> {
  const found: QuarantineFound = { mine: [], review: [] };
  const wanted = await spellings(session, columns, values);
  const changes = new Map<string, Change<IngestBody> | undefined>();
  for (let after = '(0,0)'; ;) {
    const batch = await session.query<Record>(
      `select ctid::text as ctid, load_id as "loadId", coalesce(raw, '') as raw,
              concat_ws(':', file, line::text) as place
         from ${S}.quarantine where relation = $1 and ctid > $2::tid order by ctid limit ${BATCH}`,
      [relation, after],
    );
    for (const record of batch) {
      if (!changes.has(record.loadId)) changes.set(record.loadId, await changeOf(record.loadId));
      const body = changes.get(record.loadId)?.body;
      const read = readRecord(
        record.raw,
        body?.from,
        columns.map(({ name }) => name),
        body?.columns ?? [],
      );
      if (isTheirs(read, wanted)) found.mine.push(record.ctid);
      else if (
        wanted.some((texts) => [...texts].some((text) => text.length > 2 && record.raw.includes(text)))
      )
        found.review.push(record.place);
    }
    if (batch.length < BATCH) return found;
    after = batch.at(-1)!.ctid;
  }
}

/** Per column, the texts that mean the value: as given, and as the column's type prints it. */
async function spellings(
  session: ReadSession,
  columns: readonly KeyColumn[],
  values: Values,
): Promise<Set<string>[]> {
  const all: Set<string>[] = [];
  for (const { name, type } of columns) {
    const given = values[name]!;
    const [row] = await session.query<{ text: string }>(`select ($1::text::${type})::text as text`, [given]);
    all.push(new Set([given, row!.text]));
  }
  return all;
}

function isTheirs(read: Read | undefined, wanted: readonly Set<string>[]): boolean {
  if (!read) return false;
  if (read.kind === 'read')
    return read.values.every((value, index) => value !== undefined && wanted[index]!.has(value.trim()));
  return wanted.every((texts) => read.fields.some((field) => texts.has(field.trim())));
}

export async function eraseQuarantined(session: WriteSession, places: readonly string[]): Promise<number> {
  return session.execute(`delete from ${S}.quarantine where ctid = any($1::tid[])`, [places]);
}
