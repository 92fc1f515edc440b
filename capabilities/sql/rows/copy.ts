import type { RelationName } from '../../../schemas/change';
import { quoteIdent, quoteLiteral, quoteRelation, splitRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import { fingerprintRelations } from '../../../warehouses/postgres/fingerprint-relations';
import { attachedTo, isUnvalidated, type Attached } from '../catalogue/attached';
import { columnExtras, defaultOf, storageOf, tableColumns, type Column } from '../catalogue/columns';
import type { Relation } from '../catalogue/relation';
import { identityOptions, ownedSequences, sequenceExtras, sequenceName } from '../catalogue/sequences';
import type { OwnedSequence } from '../catalogue/sequences';
import { otherSettings, storageSettings, tableSettings, type TableSettings } from '../catalogue/settings';
import type { Planning, Position, UndoStep } from '../plan';
import { writable } from './keep';
import { ROW } from './identity';

/** A table as it is before a statement changes it: all that a copy of it is made from. */
export interface Original {
  relation: RelationName;
  owner: string;
  columns: readonly Column[];
  attached: readonly Attached[];
  sequences: readonly OwnedSequence[];
  settings: TableSettings;
  /** Known once the statement is applied; absent while proposing. */
  fingerprint?: string;
  /** The schema in which the copy is made: so it and all that belongs to it bear their own names from the start. */
  scratch: string;
}

/** Undefined where the table is no ordinary one. Call it within `withCatalogueSettings`. */
export async function originalOf(table: Relation, at: Planning): Promise<Original | undefined> {
  const { session, aside, ordinal, applying } = at;
  if (table.kind !== 'r' || table.above.length > 0 || table.inherits || table.heirs.length > 0)
    return undefined;
  return {
    ...{ relation: table.name, owner: table.owner },
    columns: await tableColumns(session, table.oid),
    attached: await attachedTo(session, table.oid),
    sequences: await ownedSequences(session, table.oid),
    settings: await tableSettings(session, table.oid),
    fingerprint: applying ? await fingerprintOf(session, table.name) : undefined,
    scratch: `sluice_${aside.name('map', ordinal, '_copy').bare}`,
  };
}

async function fingerprintOf(session: ReadSession, relation: RelationName): Promise<string> {
  return (await fingerprintRelations(session, [relation]))[relation]!;
}

/** Where the rows of the copy come from. */
export interface Filling {
  /** Over `ROW`, the row in the table: the values that are not the row's own. */
  values: ReadonlyMap<string, string>;
  /** What follows `from only <table> ROW`. */
  joins: string;
  /** Over `ROW` and the joins: the transaction that wrote the row. */
  xmin: string;
  /** Gives the transactions (`xid`) of all the rows. */
  written: string;
  /** A table that is made before, and dropped at the end. */
  map?: { table: string; make: string };
  /** Statements after everything. */
  last?: readonly string[];
  /** A column that the statement drops: what brings its sequence back, and where its identity stood. */
  dropped?: { name: string; sequenceBack: readonly string[]; identityAt?: Position };
  /** Where something hangs on the table: the way in which readers wait. */
  or: UndoStep[];
}

/**
 * The undo of a statement that wrote every row anew, or whose undo would: a copy of the table as it was, built while
 * readers go on, takes its place.
 */
export function swapFor(original: Original, filling: Filling): UndoStep {
  const { relation, owner, columns, attached, sequences, settings, scratch, fingerprint } = original;
  const { dropped, map } = filling;
  const gone = columns.find(({ name }) => name === dropped?.name);
  const table = quoteRelation(relation);
  const copy = `${quoteIdent(scratch)}.${quoteIdent(splitRelation(relation).name)}`;
  // A NOT NULL without a name is the column's own.
  const own = attached.filter((each) => each.kind !== 'incoming foreign key' && !each.unnamed);
  const inline = own.filter((each) => each.kind === 'not null' && !isUnvalidated(each));
  const checks = own.filter((each) => each.kind === 'check' && !isUnvalidated(each));
  const later = own.filter((each) => !inline.includes(each) && !checks.includes(each));
  const identities = sequences.filter((each) => each.identity);
  const values = writable(columns);
  const filled = columns
    .filter((column) => column.generated === '')
    .map(({ name }) => filling.values.get(name) ?? `${ROW}.${quoteIdent(name)}`);
  const into = values.length === 0 ? '' : ` (${values.join(', ')}) overriding system value`;
  return {
    do: 'swap',
    ...{ relation, scratch, owner },
    make: [
      ...(map ? [map.make] : []),
      `create schema ${quoteIdent(scratch)}`,
      `create table ${copy} (${columns.map((column) => clause(column, original, inline, dropped?.name)).join(', ')})`,
      ...storageSettings(copy, settings),
      ...columns.flatMap((column) => storageOf(copy, column)),
      ...checks.map((each) => constraint(copy, each)),
    ],
    fill: {
      do: 'by load',
      relation,
      sql: `insert into ${copy}${into}\n select ${filled.join(', ')} from only ${table} ${ROW} ${filling.joins} where {mine}`,
      xmin: filling.xmin,
      written: filling.written,
    },
    finish: [
      ...later.flatMap((each) => finished(copy, each)),
      ...columns.flatMap((column) => columnExtras(copy, owner, { ...column, rights: null })),
      `analyze ${copy}`,
    ],
    exchange: [
      ...identities.map((sequence) => position(sequence, original, dropped)),
      ...sequences
        .filter((each) => !each.identity && each.column !== dropped?.name)
        .map((each) => `alter sequence ${sequenceName(each)} owned by none`),
      `drop table ${table}`,
      `alter table ${copy} set schema ${quoteIdent(splitRelation(relation).schema)}`,
      `drop schema ${quoteIdent(scratch)}`,
      ...(dropped?.sequenceBack ?? []),
      ...(gone && gone.expression !== null ? defaultOf(table, gone) : []),
      ...sequences
        .filter((each) => !each.identity)
        .map((each) => `alter sequence ${sequenceName(each)} owned by ${table}.${quoteIdent(each.column)}`),
      ...identities.flatMap(sequenceExtras),
      ...otherSettings(table, owner, settings),
      ...columns.flatMap((column) => columnExtras(table, owner, onlyRights(column))),
      ...[...inline, ...checks, ...later].flatMap((each) =>
        each.kind === 'statistics' ? each.create : each.create.slice(1),
      ),
    ],
    last: [...(map ? [`drop table ${map.table}`] : []), ...(filling.last ?? [])],
    away: [`drop schema ${quoteIdent(scratch)} cascade`, ...(map ? [`drop table ${map.table}`] : [])],
    fingerprint: fingerprint ?? '<fingerprint>',
    or: filling.or,
  };
}

const onlyRights = (column: Column): Column => ({
  ...column,
  ...{ statistics: null, options: null, comment: null },
});

/**
 * A column as CREATE TABLE has it: all of them stand in one statement, so one may be made of a later one. The default of
 * the dropped one may draw from a sequence that comes back at the end.
 */
function clause(
  column: Column,
  { sequences, scratch }: Original,
  notNulls: readonly Attached[],
  dropped: string | undefined,
): string {
  const parts = [quoteIdent(column.name), column.type];
  if (column.collation !== null) parts.push(`collate ${column.collation}`);
  const notNull = notNulls.find((each) => each.columns.includes(column.num));
  if (notNull) {
    const alone = /NO INHERIT/.test(notNull.definition) ? ' no inherit' : '';
    parts.push(`constraint ${quoteIdent(notNull.name)} not null${alone}`);
  } else if (column.notNull) parts.push('not null');
  if (column.generated !== '') {
    parts.push(
      `generated always as (${column.expression}) ${column.generated === 'v' ? 'virtual' : 'stored'}`,
    );
  } else if (column.identity !== '') {
    const sequence = sequences.find((each) => each.identity && each.column === column.name)!;
    const how = column.identity === 'a' ? 'always' : 'by default';
    parts.push(`generated ${how} as identity ${identityOptions(scratchSequence(sequence, scratch))}`);
  } else if (column.expression !== null && column.name !== dropped)
    parts.push(`default ${column.expression}`);
  return parts.join(' ');
}

const scratchSequence = (sequence: OwnedSequence, scratch: string): OwnedSequence => ({
  ...sequence,
  schema: scratch,
});

const constraint = (copy: string, { name, definition }: Attached): string =>
  `alter table ${copy} add constraint ${quoteIdent(name)} ${definition}`;

/** What is slow, or must not be there while rows are put in. Statistics have a schema of their own: they come at the end. */
function finished(copy: string, attached: Attached): string[] {
  switch (attached.kind) {
    case 'index':
      return [attached.definition.replace(` ON ${attached.on} USING `, () => ` ON ${copy} USING `)];
    case 'key':
    case 'check':
    case 'not null':
      return [constraint(copy, attached)];
    default:
      return [];
  }
}

/** The sequence of an identity goes on where the one of the table stands, or stood when its column was dropped. */
function position(sequence: OwnedSequence, { scratch }: Original, dropped: Filling['dropped']): string {
  const to = quoteLiteral(sequenceName(scratchSequence(sequence, scratch)));
  if (sequence.column !== dropped?.name)
    return `select setval(${to}, last_value, is_called) from ${sequenceName(sequence)}`;
  const { identityAt } = dropped;
  return `select setval(${to}, ${identityAt?.last ?? '<where it stood>'}, ${identityAt?.called ?? '<whether it was drawn from>'})`;
}
