import { quoteIdent, quoteLiteral } from '../../../sql/quote';
import type { Attached } from '../catalogue/attached';
import { addColumn, columnExtras, defaultOf, type Column } from '../catalogue/columns';
import { identityOptions, sequenceExtras, sequenceName, type OwnedSequence } from '../catalogue/sequences';
import { withoutTriggers, type Trigger } from '../catalogue/triggers';
import { replaceView, stubView, type View } from '../catalogue/views';
import { run, runs, type Position, type UndoStep } from '../plan';
import { swapFor, type Original } from './copy';
import { allKept, mapRows, noOthers, ROW, VALUE, type Match } from './identity';

export interface Rebuild {
  name: string;
  table: string;
  owner: string;
  /** The column that was dropped, and those after it that are made again so that it gets back its place. */
  dropped: Column;
  moved: readonly Column[];
  /** Attached to any of those columns, as it was before the drop. */
  attached: readonly Attached[];
  /** Not attached to any of them, and lifted while rows are written. */
  unvalidated: readonly Attached[];
  sequences: readonly OwnedSequence[];
  /** Where the dropped column's identity stood; undefined while proposing. */
  identityAt?: Position;
  /** Statements that take the dropped column's own sequence out of the trash. */
  sequenceBack: readonly string[];
  views: readonly View[];
  triggers: readonly Trigger[];
  deferrable: boolean;
  /** Absent for a generated column: its values come from its expression. */
  match?: Match;
  /** The table with the column; absent where no copy may take its place. */
  original?: Original;
  /** What comes after the rebuilding of columns, where no copy takes the table's place. */
  then: UndoStep[];
  /** The same, where a copy does. */
  last: string[];
}

const old = (column: Column): string => quoteIdent(`sluice$old_${column.num}`);

/** The undo of DROP COLUMN: the column with its values, at its place, and all that hung on it. */
export function rebuildColumns(rebuild: Rebuild): UndoStep[] {
  const { table, dropped, match, name, original, then } = rebuild;
  // Readers go on while rows are looked up, and nobody else writes any.
  const found = [
    run(`lock table only ${table} in share row exclusive mode`),
    ...(match ? findRows(match, name, dropped.name) : []),
  ];
  const inPlace = [...rebuildInPlace(rebuild), ...then];
  if (!original) return [...found, ...inPlace];
  const joins = match
    ? `join ${match.map} map on map."row" = ${ROW}.ctid join ${match.before} kept on kept.ctid = map."kept"`
    : '';
  const swap = swapFor(original, {
    values: new Map(match ? [[dropped.name, `kept.${VALUE}`]] : []),
    joins,
    // The rows are still those that their loads wrote.
    ...{ xmin: `${ROW}.xmin`, written: `select distinct xmin as xid from only ${table}` },
    last: [...(match ? [`drop table ${match.map}`, `drop table ${match.before}`] : []), ...rebuild.last],
    dropped: { name: dropped.name, sequenceBack: rebuild.sequenceBack, identityAt: rebuild.identityAt },
    or: inPlace,
  });
  return [...found, swap];
}

/** Adds the column, and those after it anew, to the table itself. */
function rebuildInPlace(rebuild: Rebuild): UndoStep[] {
  const { table, dropped, moved, attached, match } = rebuild;
  const columns = [dropped, ...moved];
  const hangsOnDropped = (each: Attached): boolean => each.columns.includes(dropped.num);
  // What hung on the dropped column went with it; only the rest is still there.
  const still = attached.filter((each) => !hangsOnDropped(each));
  const guard = withoutTriggers(
    rebuild.triggers.filter(
      ({ name: trigger }) => !still.some((each) => each.kind === 'trigger' && each.name === trigger),
    ),
  );
  const notNull = attached.filter((each) => each.kind === 'not null');
  const rest = attached.filter((each) => each.kind !== 'not null');
  return [
    run(`lock table only ${table} in access exclusive mode`),
    ...runs(rebuild.views.map(stubView)),
    ...runs([...still].reverse().flatMap((each, index) => away(table, each, index))),
    ...runs(rebuild.unvalidated.map((each) => each.drop)),
    ...runs(moved.flatMap((column) => setAside(rebuild, column))),
    ...passes(rebuild).flatMap((pass) => [
      ...runs(pass.flatMap((column) => addColumn(table, column))),
      ...runs(guard.before),
      ...fill(rebuild, pass),
      ...(rebuild.deferrable ? [run('set constraints all immediate')] : []),
      ...runs(guard.after),
    ]),
    ...runs(notNull.flatMap((each) => each.create)),
    ...runs(rebuild.sequenceBack),
    ...runs(columns.flatMap((column) => numbers(rebuild, column))),
    ...runs([...moved].reverse().map((column) => `alter table ${table} drop column ${old(column)}`)),
    ...runs(columns.flatMap((column) => columnExtras(table, rebuild.owner, column))),
    ...runs([...rest, ...rebuild.unvalidated].flatMap((each) => each.create)),
    ...runs(rebuild.views.map(replaceView)),
    ...(match ? runs([`drop table ${match.map}`, `drop table ${match.before}`]) : []),
  ];
}

function findRows(match: Match, name: string, column: string): UndoStep[] {
  const written = `{n} rows were written into ${name} since; no value of ${column} is known for them`;
  const steps = [mapRows(match), noOthers(match, written)];
  if (!match.key)
    steps.push(
      allKept(match, `{n} rows of ${name} were changed or deleted since, and it has no key to find them by`),
    );
  return steps;
}

/** An identity column stays NOT NULL as long as it is there: its constraint only gives up its name, and goes with it. */
function away(table: string, attached: Attached, index: number): string[] {
  if (attached.unnamed) return [];
  if (attached.kind !== 'not null') return [attached.drop];
  return [
    `alter table ${table} rename constraint ${quoteIdent(attached.name)} to ${quoteIdent(`sluice$old_${index}`)}`,
  ];
}

function setAside({ table, sequences }: Rebuild, column: Column): string[] {
  const statements = [`alter table ${table} rename column ${quoteIdent(column.name)} to ${old(column)}`];
  for (const sequence of sequences.filter((each) => each.column === column.name)) {
    const away = sequence.identity ? `rename to ${old(column)}` : 'owned by none';
    statements.push(`alter sequence ${sequenceName(sequence)} ${away}`);
  }
  return statements;
}

/**
 * Adding a stored column writes every row anew, so that the map of rows no longer holds: the values kept aside must
 * be in by then.
 */
function passes({ dropped, moved, match }: Rebuild): Column[][] {
  const rewrites = match !== undefined && moved.some((column) => column.generated === 's');
  return rewrites ? [[dropped], [...moved]] : [[dropped, ...moved]];
}

function fill({ name, table, dropped, match }: Rebuild, pass: readonly Column[]): UndoStep[] {
  const own = pass.filter((column) => column !== dropped && column.generated === '');
  const set = own.map((column) => `${quoteIdent(column.name)} = ${ROW}.${old(column)}`);
  // The rows are still those that their loads wrote.
  const byLoad = {
    do: 'by load',
    relation: name,
    xmin: `${ROW}.xmin`,
    written: `select distinct xmin as xid from only ${table}`,
  } as const;
  if (!match || !pass.includes(dropped)) {
    return set.length === 0
      ? []
      : [{ ...byLoad, sql: `update only ${table} ${ROW} set ${set.join(', ')} where {mine}` }];
  }
  const sql = `update only ${table} ${ROW} set ${[`${quoteIdent(dropped.name)} = kept.${VALUE}`, ...set].join(', ')}
 from ${match.map} map join ${match.before} kept on kept.ctid = map."kept" where ${ROW}.ctid = map."row" and {mine}`;
  return [{ ...byLoad, sql }];
}

/** Default or identity, and the sequences that belong to the column. */
function numbers(rebuild: Rebuild, column: Column): string[] {
  const { table, dropped, sequences, identityAt } = rebuild;
  const name = quoteIdent(column.name);
  const own = sequences.filter((each) => each.column === column.name);
  const statements = column.expression === null ? [] : defaultOf(table, column);
  for (const sequence of own) {
    if (!sequence.identity) {
      statements.push(`alter sequence ${sequenceName(sequence)} owned by ${table}.${name}`);
      continue;
    }
    const how = column.identity === 'a' ? 'always' : 'by default';
    statements.push(
      `alter table ${table} alter column ${name} add generated ${how} as identity ${identityOptions(sequence)}`,
    );
    const [as, to] = [sequenceName(sequence), `${quoteIdent(sequence.schema)}.${old(column)}`];
    statements.push(
      column === dropped
        ? `select setval(${quoteLiteral(as)}, ${identityAt?.last ?? '<where it stood>'}, ${identityAt?.called ?? '<whether it was drawn from>'})`
        : `select setval(${quoteLiteral(as)}, last_value, is_called) from ${to}`,
      ...sequenceExtras(sequence),
    );
  }
  return statements;
}
