import type { Finding } from '../../../schemas/change';
import { quoteIdent } from '../../../sql/quote';
import type { SourceDatabase } from '../../../sources/sources';
import type { ProposeContext } from '../../capability';
import type { Cursor } from '../body';
import { assertNoNulls, beyondHorizon, horizonOf, rowsWhere } from '../cursor/guard';
import { leftOut } from '../cursor/left-out';
import { readFilter } from '../cursor/sql';
import type { History } from '../history';
import type { Looked } from '../looked';
import { count } from '../quarantine';
import type { SentColumn } from './compare';
import { within } from '../within';

/** Milliseconds that the source may count what arrives. */
const LIMIT_MS = 4_000;

/** What the step asks of the source, without the cursor. */
interface Wanted {
  select: string;
  title: string;
  sent: readonly SentColumn[];
  key: readonly string[];
}

/** What the cursor says of the source, before anything is loaded. */
export interface AtCursor {
  /** The SELECT with the cursor's condition. */
  select: string;
  /** Rows that would be read; absent: not counted. */
  arriving?: number;
  findings: Finding[];
  /** What is left out, as a person reads it; empty: nothing. */
  left: string;
}

/**
 * Looks at the source through the cursor: what arrives, what cannot move the cursor, and what lies before it without being
 * in the table. Throws `source_invalid` for rows without a cursor.
 */
export async function lookAtCursor(
  looked: Looked,
  source: SourceDatabase,
  { live, goal, step }: ProposeContext,
  { select, title, sent, key }: Wanted,
  cursor: Cursor,
): Promise<AtCursor> {
  await assertNoNulls(source, cursor, select, title);
  const horizon = await horizonOf(source, cursor);
  const read = `select * from (${select}\n) rows${readFilter(cursor, horizon)}`;
  // The first load is the whole source, which the planner's estimate is good enough for.
  const arriving =
    cursor.bound === undefined
      ? undefined
      : await within(source, LIMIT_MS, () => rowsWhere(source, read, 'true'));
  const findings: Finding[] = [];
  const left: string[] = [];
  const add = (severity: Finding['severity'], rule: string, message: string): unknown =>
    findings.push({ severity, rule, message, place: `${title}.${cursor.column}` });
  if (cursor.nulls === 'load') {
    const nulls = await within(source, LIMIT_MS, () =>
      rowsWhere(source, select, `${quoteIdent(cursor.column)} is null`),
    );
    if (nulls)
      add('info', 'cursor_null', `${rows(nulls)} without ${cursor.column} ${are(nulls)} read in every load`);
  }
  const beyond = beyondHorizon(cursor, horizon);
  const ahead = beyond && (await within(source, LIMIT_MS, () => rowsWhere(source, select, beyond)));
  if (ahead) {
    const what = `${rows(ahead)} of ${title} ${ahead === 1 ? 'has' : 'have'} a ${cursor.column} ${cursor.order === 'time' ? 'more than a day ahead of now' : 'that is no finite number'}`;
    if (cursor.beyond === 'wait') {
      left.push(what);
      const until = cursor.order === 'time' ? ' until that time has come' : '';
      add(
        'warning',
        'waits',
        `${what}: ${ahead === 1 ? 'it is' : 'they are'} left out${until}, as the load has no key by which to know them again`,
      );
    } else {
      add(
        'warning',
        'cursor_ahead',
        `${what}: the cursor stays before ${ahead === 1 ? 'it' : 'them'}, and ${ahead === 1 ? 'it is' : 'they are'} read in every load`,
      );
    }
  }
  if (cursor.bound !== undefined && looked.target && looked.live) {
    const compared =
      looked.target.triggers.length > 0 ? [...key, cursor.column] : sent.map(({ name }) => name);
    const isOwn = (load: History['loads'][number]): boolean =>
      load.source === undefined ? load.goal === goal && load.step === step : load.source === cursor.source;
    const shared = !looked.history.loads.every(isOwn);
    const lost = await leftOut(source, live, select, looked.relation, cursor, {
      ...{ sent, compared },
      ...(shared && { own: { goal, step } }),
    });
    const place = cursor.from === 'at_least' ? `before ${cursor.bound}` : `not newer than ${cursor.bound}`;
    if (lost === undefined) {
      add(
        'warning',
        'not_counted',
        `rows of ${title} that are ${place} and not in ${looked.relation} were not counted: it would take too long`,
      );
    } else if (lost > 0) {
      const what = `${rows(lost)} of ${title} ${are(lost)} ${place} and not in ${looked.relation}`;
      left.push(what);
      add(
        'warning',
        'left_out',
        `${what} as in the source: late, or changed without a newer ${cursor.column}, or the table was changed since; \`sluice apply FILE --reload STEP\` loads what is missing`,
      );
    }
  }
  return { select: read, ...(arriving !== undefined && { arriving }), findings, left: left.join('; ') };
}

const rows = (number: number): string => `${count(number)} row${number === 1 ? '' : 's'}`;
const are = (number: number): string => (number === 1 ? 'is' : 'are');
