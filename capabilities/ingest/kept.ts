import { createHash } from 'node:crypto';
import { LEDGER_SCHEMA } from '../../warehouses/ledger.sql';
import { quoteIdent } from '../../sql/quote';

/** Where a change keeps rows as they were: quoted, from the change's id, so that a second attempt finds the same. */
export function keptTable(kind: 'before' | 'trash', changeId: string): string {
  const mark = createHash('sha256').update(changeId).digest('hex').slice(0, 16);
  return `${quoteIdent(LEDGER_SCHEMA)}.${quoteIdent(`${kind}_${mark}`)}`;
}
