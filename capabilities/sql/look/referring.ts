import type { RelationName } from '../../../schemas/change';
import { fail, SluiceError } from '../../../schemas/errors';
import { assignments, rowsQuery } from '../../../sql/clauses';
import { quoteIdent } from '../../../sql/quote';
import { child, children, textOf } from '../../../sql/walk';
import {
  acting,
  forbidding,
  foreignKeysTo,
  reached,
  reachedInWords,
  type RowWrite,
} from '../../../warehouses/postgres/foreign-keys';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { Action, ActionOf } from '../action';
import { attempt } from './attempt';

type Rows = ActionOf<'insert' | 'update' | 'delete'>;

/**
 * Looks at the live rows that refer, by a foreign key, to those that an UPDATE or DELETE is about. Only rows that a
 * statement names are kept for its undo, so one that others follow is refused before anybody is asked, with how many;
 * so is one that PostgreSQL would refuse for them. Throws `statement_refused`. `unsettled`: tables that will have other
 * rows by then.
 */
export async function lookAtReferring(
  action: Action,
  live: ReadSession,
  unsettled: (table: RelationName) => boolean,
): Promise<void> {
  if (action.kind !== 'update' && action.kind !== 'delete') return;
  const keys = (await foreignKeysTo(live, action.relation)).filter(({ table }) => !unsettled(table));
  if (keys.length === 0) return;
  const write = await rowsOf(action);
  if (!write) return;
  const concerned = [...acting(keys, write), ...forbidding(keys, write)];
  const found = await attempt(live, () => reached(live, write, concerned)).catch(passOver);
  if (found.length === 0) return;
  const along = found.filter((each) => !'ar'.includes(each.action));
  const { place } = action;
  const why =
    along.length > 0
      ? along
          .map(
            ({ key }) =>
              `the foreign key ${key.name} of ${key.table} would change rows of ${key.table} along with it`,
          )
          .join(', ')
      : 'rows that refer to those it is about are in the way';
  throw fail(
    'statement_refused',
    `The statement at ${place} is refused: ${why}; these refer to them: ${reachedInWords(write, found)}.`,
    {
      next: 'Change or delete those rows first, by a statement of their own before this one, in the same step: then they are kept and come back with its undo.',
      place,
    },
  );
}

/** The rows that it is about, and the values it gives them; undefined where no query can tell. */
async function rowsOf(action: Rows): Promise<RowWrite | undefined> {
  const target = child(action.node, 'relation');
  const name = quoteIdent(textOf(child(target, 'alias'), 'aliasname') ?? textOf(target, 'relname') ?? '');
  const columns = action.kind === 'update' ? await values(action) : [];
  const select = [
    `${name}.tableoid as "sluice$table"`,
    `${name}.ctid as "sluice$row"`,
    ...columns.map(({ value }, index) => `(${value}\n) as ${given(index)}`),
  ];
  const query = await rowsQuery(action.text, action.kind, select.join(', '));
  if (query === undefined) return undefined;
  return {
    relation: action.relation,
    from: `(${query}\n) hit`,
    where: 't.tableoid = hit."sluice$table" and t.ctid = hit."sluice$row"',
    ...(action.kind === 'update' && {
      set: Object.fromEntries(columns.map(({ column }, index) => [column, `hit.${given(index)}`])),
    }),
  };
}

const given = (index: number): string => quoteIdent(`sluice$new_${index + 1}`);

/** A value that cannot be told is taken to be another one: no key is null. */
async function values(action: Rows): Promise<{ column: string; value: string }[]> {
  const texts = await assignments(action.text);
  const targets = children(action.node, 'targetList').map((each) => child(each, 'ResTarget'));
  const told = targets.length === texts.length;
  return targets.map((target, index) => ({
    column: textOf(target, 'name') ?? '',
    value: (told ? texts[index] : undefined) ?? 'null',
  }));
}

/** What cannot be looked at here (a value that does not convert, a table that the reading role may not see) is seen when it is applied. */
function passOver(error: unknown): [] {
  const { code } = ((error as SluiceError).cause ?? {}) as { code?: string };
  if (error instanceof SluiceError && code !== undefined && /^(22|25|42|57014)/.test(code)) return [];
  throw error;
}
