import { fail, SluiceError } from '../../../schemas/errors';
import { checkExpression, typeChange } from '../../../sql/clauses';
import { quoteIdent, quoteLiteral, quoteRelation } from '../../../sql/quote';
import { relationName } from '../../../sql/relations';
import { child, children, names, numberOf, textOf, type Tree } from '../../../sql/walk';
import { isHidden } from '../../../warehouses/postgres/row-security';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { Action, ActionOf } from '../action';
import { columnNames, findRelation } from '../catalogue/relation';
import { rowKey } from '../catalogue/key';
import { attempt } from './attempt';

/** A question to the live rows: how many stand in the way, and in which way. No values. */
interface Question {
  sql: string;
  /** What `n` rows do: `hold NULL in a`. */
  what: string;
}

/**
 * Looks at the live rows for what a rehearsal on a sample cannot know: whether they meet a new constraint, fit a new
 * type. Throws `target_mismatch` with how many do not.
 */
export async function lookAtRows(action: Action, live: ReadSession): Promise<void> {
  for (const question of await questions(action, live)) {
    const n = await ask(action, live, question);
    if (n === 0) continue;
    throw refused(
      action,
      `${n} ${n === 1 ? 'row' : 'rows'} of ${'relation' in action ? action.relation : ''} ${question.what}`,
    );
  }
}

async function ask(action: Action, live: ReadSession, { sql, what }: Question): Promise<number> {
  try {
    const [row] = await attempt(live, () => live.query<{ n: string }>(sql));
    return Number(row!.n);
  } catch (error) {
    if (isHidden(error)) throw error;
    const code =
      error instanceof SluiceError ? (error.cause as { code?: string } | undefined)?.code : undefined;
    // Class 22: a value that does not convert. Anything else is for the rehearsal, or is no matter of rows.
    if (code?.startsWith('22')) throw refused(action, `at least one row ${what} (${code})`);
    if (code === '57014' || code?.startsWith('42')) return 0;
    throw error;
  }
}

function refused(action: Action, found: string): SluiceError {
  const { place } = action;
  return fail(
    'target_mismatch',
    `The statement would fail on the rows that are there: ${found} (at ${place}).`,
    {
      next: 'Put the rows right first, by a statement before this one in the same step or an earlier step.',
      place,
    },
  );
}

async function questions(action: Action, live: ReadSession): Promise<Question[]> {
  switch (action.kind) {
    case 'set not null':
      return [nulls(action.relation, [action.column])];
    case 'add column':
      return newColumn(action);
    case 'add constraint':
      return constraintQuestions(action, live);
    case 'create index':
      return uniqueIndex(action);
    case 'alter type':
      return newType(action, live);
    default:
      return [];
  }
}

function nulls(relation: string, columns: readonly string[]): Question {
  const where = columns.map((column) => `${quoteIdent(column)} is null`).join(' or ');
  return {
    sql: `select count(*) as n from only ${quoteRelation(relation)} where ${where}`,
    what: `hold NULL in ${columns.join(', ')}`,
  };
}

function duplicates(relation: string, columns: readonly string[], nullsEqual: boolean): Question {
  const list = columns.map(quoteIdent);
  const where = nullsEqual ? '' : ` where ${list.map((column) => `${column} is not null`).join(' and ')}`;
  return {
    sql: `select coalesce(sum(n), 0) as n from (select count(*) as n from only ${quoteRelation(relation)}${where}
      group by ${list.join(', ')} having count(*) > 1) same`,
    what: `share a value of ${columns.join(', ')} with another`,
  };
}

function newColumn(action: ActionOf<'add column'>): Question[] {
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
      sql: `select count(*) as n from only ${quoteRelation(action.relation)}`,
      what: `would hold NULL in ${action.column}, which is NOT NULL and has no default`,
    },
  ];
}

async function constraintQuestions(
  action: ActionOf<'add constraint'>,
  live: ReadSession,
): Promise<Question[]> {
  const { constraint, relation } = action;
  if (
    constraint['skip_validation'] === true ||
    (constraint['is_enforced'] !== true && constraint['contype'] === 'CONSTR_CHECK')
  )
    return [];
  switch (constraint['contype']) {
    case 'CONSTR_NOTNULL':
      return [nulls(relation, names(children(constraint, 'keys')))];
    case 'CONSTR_PRIMARY':
      return [
        nulls(relation, names(children(constraint, 'keys'))),
        duplicates(relation, names(children(constraint, 'keys')), false),
      ];
    case 'CONSTR_UNIQUE':
      return [
        duplicates(relation, names(children(constraint, 'keys')), constraint['nulls_not_distinct'] === true),
      ];
    case 'CONSTR_CHECK': {
      const expression = await checkExpression(action.text);
      if (expression === undefined) return [];
      return [
        {
          sql: `select count(*) as n from only ${quoteRelation(relation)} where not (${expression}\n)`,
          what: 'do not meet the check',
        },
      ];
    }
    case 'CONSTR_FOREIGN':
      return orphans(action, constraint, live);
    default:
      return [];
  }
}

async function orphans(
  action: ActionOf<'add constraint'>,
  constraint: Tree,
  live: ReadSession,
): Promise<Question[]> {
  const parent = relationName(child(constraint, 'pktable') ?? {});
  const found = await findRelation(live, parent);
  if (!found) return [];
  const columns = names(children(constraint, 'fk_attrs'));
  const named = names(children(constraint, 'pk_attrs'));
  const refers = named.length > 0 ? named : ((await rowKey(live, found.oid)) ?? []);
  if (refers.length !== columns.length) return [];
  const same = columns
    .map((column, index) => `parent.${quoteIdent(refers[index]!)} = child.${quoteIdent(column)}`)
    .join(' and ');
  const filled = columns.map((column) => `child.${quoteIdent(column)} is not null`).join(' and ');
  return [
    {
      sql: `select count(*) as n from only ${quoteRelation(action.relation)} child where ${filled}
        and not exists (select from ${quoteRelation(parent)} parent where ${same})`,
      what: `refer by ${columns.join(', ')} to nothing in ${parent}`,
    },
  ];
}

function uniqueIndex(action: ActionOf<'create index'>): Question[] {
  const { node, relation } = action;
  if (node['unique'] !== true || node['whereClause']) return [];
  const columns = children(node, 'indexParams').map((each) => textOf(child(each, 'IndexElem'), 'name'));
  if (columns.some((column) => column === undefined)) return [];
  return [duplicates(relation, columns as string[], node['nulls_not_distinct'] === true)];
}

async function newType(action: ActionOf<'alter type'>, live: ReadSession): Promise<Question[]> {
  const table = await findRelation(live, action.relation);
  if (!table || !(await columnNames(live, table.oid)).includes(action.column)) return [];
  const { type, using } = await typeChange(action.text);
  const [column, quoted] = [quoteIdent(action.column), quoteRelation(action.relation)];
  const what = `cannot be converted to ${type}`;
  const converts = {
    sql: `select count((${using ?? column}\n)::${type}) * 0 as n from only ${quoted}`,
    what,
  };
  if (using !== undefined) return [(await countable(action, live, table.oid, type)) ?? converts];
  const limit = lengthLimit(action.node);
  const tooLong = {
    sql: `select count(*) as n from only ${quoted} where char_length(${column}::text) > ${limit}`,
    what: `are longer than ${limit} in ${action.column}`,
  };
  return limit === undefined ? [converts] : [tooLong, converts];
}

/** Text read as another type (`using c::integer`): the rows that do not read so can be counted. */
async function countable(
  action: ActionOf<'alter type'>,
  live: ReadSession,
  oid: string,
  type: string,
): Promise<Question | undefined> {
  // pg_input_is_valid came with 16; before, that one of them does not read so is found as one error.
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
    sql: `select count(*) as n from only ${quoteRelation(action.relation)} where ${column} is not null and not ${valid}`,
    what: `do not read as ${type}`,
  };
}

/** n of varchar(n) and char(n): an assignment refuses what is longer, a cast would cut it. */
function lengthLimit(command: Tree): number | undefined {
  const typeName = child(child(child(command, 'def'), 'ColumnDef'), 'typeName');
  const last = names(children(typeName, 'names')).at(-1);
  if (last !== 'varchar' && last !== 'bpchar') return undefined;
  const mods = children(typeName, 'typmods').map((each) =>
    numberOf(child(child(each, 'A_Const'), 'ival'), 'ival'),
  );
  return mods[0];
}
