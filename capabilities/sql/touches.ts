import type { Change } from '../../schemas/change';
import { mergedQuery, rowsQuery } from '../../sql/clauses';
import { parseSql } from '../../sql/parse';
import { quoteIdent } from '../../sql/quote';
import { relationName } from '../../sql/relations';
import { child, children, names, textOf, type Tree } from '../../sql/walk';
import type { NewKey, SampleNeeds, Touch } from '../../warehouses/warehouse';
import type { Action, ActionOf } from './action';
import { isByHand, type SqlBody } from './body';
import { recognise } from './recognise';

/** The rows that the statements write, as queries over the live tables, and the foreign keys that they make. */
export async function sqlNeeds({ body }: Change<SqlBody>): Promise<SampleNeeds> {
  const touches: Touch[] = [];
  const keys: NewKey[] = [];
  // Of statements beyond the closed set nobody can tell which rows they touch.
  if (isByHand(body)) return { touches, keys };
  for (const { text } of body.statements) {
    for (const statement of await parseSql(text)) {
      for (const action of await recognise(statement)) {
        touches.push(...(await touched(action)));
        keys.push(...newKeys(action));
      }
    }
  }
  return { touches, keys };
}

async function touched(action: Action): Promise<Touch[]> {
  switch (action.kind) {
    case 'update':
    case 'delete':
      return [await touchedRows(action)];
    case 'merge':
      return [await mergedRows(action)];
    case 'truncate':
      return action.relations.map((relation) => ({ relation }));
    case 'alter type':
    case 'drop column':
      return [{ relation: action.relation }];
    default:
      return [];
  }
}

async function touchedRows(action: ActionOf<'insert' | 'update' | 'delete'>): Promise<Touch> {
  const { kind, relation, text, node } = action;
  const alias = aliasOf(node);
  const rows = await rowsQuery(text, kind, `${alias}.tableoid, ${alias}.ctid`);
  const written = children(node, 'targetList').map((each) => textOf(child(each, 'ResTarget'), 'name') ?? '');
  return { relation, ...(rows !== undefined && { rows }), refersTo: kind === 'delete' ? 'row' : written };
}

/** The rows that a MERGE finds; rows that it makes need none to be there. */
async function mergedRows({ relation, text, node }: ActionOf<'merge'>): Promise<Touch> {
  const rows = await mergedQuery(text, `${aliasOf(node)}.tableoid, ${aliasOf(node)}.ctid`);
  return { relation, ...(rows !== undefined && { rows }), refersTo: 'row' };
}

/** How the statement calls its table. */
function aliasOf(node: Tree): string {
  const range = child(node, 'relation');
  return quoteIdent(textOf(child(range, 'alias'), 'aliasname') ?? textOf(range, 'relname') ?? '');
}

/** Of ADD FOREIGN KEY, and of a new column that refers to a table: its parents must be there to be referred to. */
function newKeys(action: Action): NewKey[] {
  if (action.kind !== 'add constraint' || action.constraint['contype'] !== 'CONSTR_FOREIGN') return [];
  const { constraint, relation } = action;
  return [
    {
      child: relation,
      parent: relationName(child(constraint, 'pktable') ?? {}),
      childColumns: names(children(constraint, 'fk_attrs')),
      parentColumns: names(children(constraint, 'pk_attrs')),
    },
  ];
}
