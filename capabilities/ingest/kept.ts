import { createHash } from 'node:crypto';
import { LEDGER_SCHEMA } from '../../warehouses/ledger.sql';
import { quoteIdent } from '../../sql/quote';
import { noteKept } from '../../warehouses/kept';
import type { WriteSession } from '../../warehouses/warehouse';
import type { IngestBody } from './body';

/** Where a change keeps rows as they were, from its id, so that a second attempt finds the same. */
export function keptName(kind: 'before' | 'trash', changeId: string): string {
  return `${kind}_${createHash('sha256').update(changeId).digest('hex').slice(0, 16)}`;
}

/** The same, quoted, with its schema. */
export function keptTable(kind: 'before' | 'trash', changeId: string): string {
  return `${quoteIdent(LEDGER_SCHEMA)}.${quoteIdent(keptName(kind, changeId))}`;
}

/** Puts the table on record, once it is made. */
export function noteRows(
  session: WriteSession,
  kind: 'before' | 'trash',
  { id, body }: { id: string; body: Pick<IngestBody, 'relation' | 'key'> },
): Promise<void> {
  const key = body.key.length > 0 ? body.key : undefined;
  return noteKept(session, id, { name: keptName(kind, id), relation: body.relation, key, form: 'rows' });
}
