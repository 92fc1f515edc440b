import { checkExpression, typeChange } from '../../../sql/clauses';
import { indexClauses } from '../../../sql/index-clauses';
import { quoteIdent, quoteLiteral, quoteRelation } from '../../../sql/quote';
import { relationName } from '../../../sql/relations';
import { child, children, names, numberOf, textOf, type Tree } from '../../../sql/walk';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { Action, ActionOf } from '../action';
import { rowKey } from '../catalogue/key';
import { columnNames, findRelation, rowsOf, type Relation } from '../catalogue/relation';
import { unvalidatedConstraint } from './unvalidated';

/** A question to the live rows: how many stand in the way, and in which way. No values. */
export type Question =
  | {
      /** Gives one bigint `n`. */
      sql: string;
      /** The table. */
      of: string;
      /** What `n` rows do: `hold NULL in a`. */
      what: string;
    }
  /** One that no query answers in reasonable time, and why. */
  | { unasked: string; what: string };

/** The rows that a new condition is about: `from` follows FROM. */
interface Rows {
  of: string;
  from: string;
}

/** What to ask of the rows that are there before the action is approved; nothing where they do not matter. */
export async function questions(action: Action, live: ReadSession): Promise<Question[]> {
  switch (action.kind) {
    case 'set not null':
    case 'add column':
    case 'add constraint':
    case 'create index':
    case 'alter type': {
      const table = await findRelation(live, action.relation);
      return table ? ofTable(action, table, live) : [];
    }
    case 'alter object':
      return validated(action, live);
    case 'attach partition':
      return [
        {
          unasked: 'that is checked when it is attached',
          what: `of ${action.partition} lie outside of the bounds it is attached with, or in its place in a default partition`,
        },
      ];
    default:
      return [];
  }
}

type OnTable = ActionOf<'set not null' | 'add column' | 'add constraint' | 'create index' | 'alter type'>;

function ofTable(action: OnTable, table: Relation, live: ReadSession): Promise<Question[]> | Question[] {
  // What holds for each row holds for those of tables that inherit; a key is of the table alone.
  const own: Rows = { of: table.name, from: rowsOf(table) };
  const all: Rows = { of: table.name, from: isOnly(action) ? own.from : quoteRelation(table.name) };
  switch (action.kind) {
    case 'set not null':
      return [nulls(all, [action.column])];
    case 'add column':
      return newColumn(action, all);
    case 'add constraint':
      return constraintQuestions(action, { own, all }, live);
    case 'create index':
      return uniqueIndex(action, own);
    case 'alter type':
      return newType(action, table, all, live);
  }
}

const isOnly = ({ statement: { node } }: Action): boolean => child(node, 'relation')?.['inh'] !== true;

function nulls({ of, from }: Rows, columns: readonly string[]): Question {
  const where = columns.map((column) => `${quoteIdent(column)} is null`).join(' or ');
  return {
    ...{ of, sql: `select count(*) as n from ${from} where ${where}` },
    what: `hold NULL in ${columns.join(', ')}`,
  };
}

/** `values`: expressions over the row; `where`: of a partial index. */
function duplicates(
  { of, from }: Rows,
  values: readonly string[],
  nullsEqual: boolean,
  { where, named }: { where?: string; named: string },
): Question {
  const list = values.map((value, index) => `(${value}\n) as k${index}`).join(', ');
  const keys = values.map((_, index) => `k${index}`);
  const among = where === undefined ? '' : ` where (${where}\n)`;
  const filled = nullsEqual ? '' : ` where ${keys.map((key) => `${key} is not null`).join(' and ')}`;
  return {
    of,
    sql: `select coalesce(sum(n), 0) as n from (select count(*) as n from (select ${list} from ${from}${among}) keys${filled}
      group by ${keys.join(', ')} having count(*) > 1) same`,
    what: `share a value of ${named} with another`,
  };
}

const sameColumns = (rows: Rows, columns: readonly string[], nullsEqual: boolean): Question =>
  duplicates(rows, columns.map(quoteIdent), nullsEqual, { named: columns.join(', ') });

function newColumn(action: ActionOf<'add column'>, { of, from }: Rows): Question[] {
  const constraints = children(child(child(action.node, 'def'), 'ColumnDef'), 'constraints').map((each) =>
    textOf(child(each, 'Constraint'), 'contype'),
  );
  const needed = constraints.includes('CONSTR_NOTNULL') || constraints.includes('CONSTR_PRIMARY');
  const filled = ['CONSTR_DEFAULT', 'CONSTR_GENERATED', 'CONSTR_IDENTITY'].some((type) =>
    constraints.includes(type),
  );
  if (!needed || filled) return [];
  return [
    {
      ...{ of, sql: `select count(*) as n from ${from}` },
      what: `would hold NULL in ${action.column}, which is NOT NULL and has no default`,
    },
  ];
}

async function constraintQuestions(
  action: ActionOf<'add constraint'>,
  { own, all }: { own: Rows; all: Rows },
  live: ReadSession,
): Promise<Question[]> {
  const { constraint } = action;
  const type = constraint['contype'];
  if (
    constraint['skip_validation'] === true ||
    (constraint['is_enforced'] !== true && (type === 'CONSTR_CHECK' || type === 'CONSTR_FOREIGN'))
  )
    return [];
  const keys = names(children(constraint, 'keys'));
  switch (type) {
    case 'CONSTR_NOTNULL':
      return [nulls(all, keys)];
    case 'CONSTR_PRIMARY':
      return [nulls(own, keys), sameColumns(own, keys, false)];
    case 'CONSTR_UNIQUE':
      return [sameColumns(own, keys, constraint['nulls_not_distinct'] === true)];
    case 'CONSTR_CHECK': {
      const expression = await checkExpression(action.text);
      return expression === undefined ? [] : [unmet(all, expression)];
    }
    case 'CONSTR_FOREIGN':
      return foreignKey(own, constraint, live);
    case 'CONSTR_EXCLUSION':
      return [
        {
          unasked: 'each would have to be compared with every other',
          what: `of ${own.of} exclude each other`,
        },
      ];
    default:
      return [];
  }
}

const unmet = ({ of, from }: Rows, expression: string): Question => ({
  ...{ of, sql: `select count(*) as n from ${from} where not (${expression}\n)` },
  what: 'do not meet the check',
});

async function foreignKey(rows: Rows, constraint: Tree, live: ReadSession): Promise<Question[]> {
  const parent = await findRelation(live, relationName(child(constraint, 'pktable') ?? {}));
  if (!parent) return [];
  const columns = names(children(constraint, 'fk_attrs'));
  const named = names(children(constraint, 'pk_attrs'));
  const refers = named.length > 0 ? named : ((await rowKey(live, parent.oid)) ?? []);
  if (refers.length !== columns.length) return [];
  return orphans(rows, parent, { columns, refers, full: constraint['fk_matchtype'] === 'f' });
}

interface Reference {
  columns: readonly string[];
  refers: readonly string[];
  /** MATCH FULL: all of its columns are NULL, or none. */
  full: boolean;
}

function orphans({ of, from }: Rows, parent: Relation, { columns, refers, full }: Reference): Question[] {
  const [theirs, ours] = ['parent', 'child'];
  const mine = columns.map((column) => `${ours}.${quoteIdent(column)}`);
  const same = mine
    .map((column, index) => `${theirs}.${quoteIdent(refers[index]!)} = ${column}`)
    .join(' and ');
  const filled = mine.map((column) => `${column} is not null`).join(' and ');
  const found: Question = {
    of,
    sql: `select count(*) as n from ${from} ${ours} where ${filled}
        and not exists (select from ${rowsOf(parent)} ${theirs} where ${same})`,
    what: `refer by ${columns.join(', ')} to nothing in ${parent.name}`,
  };
  if (!full || columns.length < 2) return [found];
  const half = `num_nulls(${mine.join(', ')}) between 1 and ${columns.length - 1}`;
  return [
    found,
    {
      ...{ of, sql: `select count(*) as n from ${from} ${ours} where ${half}` },
      what: `hold NULL in some but not all of ${columns.join(', ')} (MATCH FULL)`,
    },
  ];
}

/** VALIDATE CONSTRAINT: what the constraint asks of the rows is in the catalogue. */
async function validated(action: ActionOf<'alter object'>, live: ReadSession): Promise<Question[]> {
  if (action.node['subtype'] !== 'AT_ValidateConstraint') return [];
  const [object] = action.objects;
  const table = object && (await findRelation(live, object.name));
  if (!table) return [];
  const found = await unvalidatedConstraint(live, table.oid, textOf(action.node, 'name') ?? '');
  if (!found) return [];
  const [own, all] = [rowsOf(table), quoteRelation(table.name)].map((from) => ({ of: table.name, from }));
  if (found.kind === 'c') return [unmet(all!, found.expression)];
  if (found.kind === 'n') return [nulls(all!, found.columns)];
  const parent = await findRelation(live, found.parent);
  return parent ? orphans(own!, parent, found) : [];
}

async function uniqueIndex({ node, text }: ActionOf<'create index'>, rows: Rows): Promise<Question[]> {
  if (node['unique'] !== true) return [];
  const nullsEqual = node['nulls_not_distinct'] === true;
  const { elements, where } = await indexClauses(text);
  const parts = children(node, 'indexParams').map((each) => child(each, 'IndexElem') ?? {});
  const plain = parts.map((part) => textOf(part, 'name'));
  const named = plain.map((name, index) => name ?? elements[index] ?? '').join(', ');
  // How an operator class or collation of its own compares is not for GROUP BY.
  const compares = parts.some((part) => part['opclass'] !== undefined || part['collation'] !== undefined);
  if (compares || elements.length !== parts.length)
    return [
      {
        unasked: 'it compares them in a way of its own',
        what: `of ${rows.of} share a value of ${named} with another`,
      },
    ];
  const values = plain.map((name, index) => (name === undefined ? elements[index]! : quoteIdent(name)));
  return [duplicates(rows, values, nullsEqual, { named, ...(where === undefined ? {} : { where }) })];
}

async function newType(
  action: ActionOf<'alter type'>,
  table: Relation,
  rows: Rows,
  live: ReadSession,
): Promise<Question[]> {
  if (!(await columnNames(live, table.oid)).includes(action.column)) return [];
  const { type, using } = await typeChange(action.text);
  const column = quoteIdent(action.column);
  const { of, from } = rows;
  const converts = {
    ...{ of, sql: `select count((${using ?? column}\n)::${type}) * 0 as n from ${from}` },
    what: `cannot be converted to ${type}`,
  };
  if (using !== undefined) return [(await countable(action, rows, table.oid, type, live)) ?? converts];
  const limit = lengthLimit(action.node);
  const tooLong = {
    ...{ of, sql: `select count(*) as n from ${from} where char_length(${column}::text) > ${limit}` },
    what: `are longer than ${limit} in ${action.column}`,
  };
  return limit === undefined ? [converts] : [tooLong, converts];
}

/** Text read as another type (`using c::integer`): the rows that do not read so can be counted. */
async function countable(
  action: ActionOf<'alter type'>,
  { of, from }: Rows,
  oid: string,
  type: string,
  live: ReadSession,
): Promise<Question | undefined> {
  // Older servers have no function that only tries (pg_input_is_valid).
  if ((await live.serverMajor()) < 16) return undefined;
  const cast = child(child(child(child(action.node, 'def'), 'ColumnDef'), 'raw_default'), 'TypeCast');
  const fields = children(child(child(cast, 'arg'), 'ColumnRef'), 'fields');
  if (names(fields).join('.') !== action.column) return undefined;
  const isText = await live.query(
    `select 1 from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = $1::oid and a.attname = $2 and t.typcategory = 'S'`,
    [oid, action.column],
  );
  if (isText.length === 0) return undefined;
  const column = quoteIdent(action.column);
  const valid = `pg_input_is_valid(${column}::text, ${quoteLiteral(type)})`;
  return {
    ...{ of, sql: `select count(*) as n from ${from} where ${column} is not null and not ${valid}` },
    what: `do not read as ${type}`,
  };
}

/** n of varchar(n) and char(n): an assignment refuses what is longer, a cast would cut it. */
function lengthLimit(command: Tree): number | undefined {
  const typeName = child(child(child(command, 'def'), 'ColumnDef'), 'typeName');
  const limited = ['varchar', 'bpchar'].includes(names(children(typeName, 'names')).at(-1) ?? '');
  const [first = {}] = children(typeName, 'typmods');
  return limited ? numberOf(child(child(first, 'A_Const'), 'ival'), 'ival') : undefined;
}
