import type { RelationName } from '../../../schemas/change';
import { parseSql, type ParsedStatement } from '../../../sql/parse';
import { quoteIdent } from '../../../sql/quote';
import { relationName } from '../../../sql/relations';
import { scanSql } from '../../../sql/scan';
import { sqlText } from '../../../sql/text';
import { child, children, names, numberOf, textOf, walk, type Tree } from '../../../sql/walk';

/** A query that gives what a relation will hold which is not there yet. */
export interface StandIn {
  query: string;
  /** Whether its number of rows says anything. */
  sized: boolean;
}

/**
 * The statement over what is not there yet: each of those relations is replaced by the query that will make it, so that
 * the server can tell names, types and sizes. Undefined where one has none.
 */
export async function withStandIns(
  statement: ParsedStatement,
  standIns: ReadonlyMap<RelationName, StandIn>,
  missing: readonly RelationName[],
): Promise<ParsedStatement | undefined> {
  if (missing.some((name) => !standIns.has(name))) return undefined;
  const pieces: { from: number; to: number; text: string }[] = [];
  const tokens = (await scanSql(sqlText(statement.text))).filter((token) => !token.isComment);
  const wanted = new Set(missing);
  const shadowed = new Set(cteNames(statement.node));
  walk({ [statement.kind]: statement.node }, (tag, node) => {
    if (tag !== 'RangeVar' || !wanted.has(relationName(node))) return;
    if (node['schemaname'] === undefined && shadowed.has(textOf(node, 'relname') ?? '')) return;
    const from = statement.offsetOf(numberOf(node, 'location') ?? 0) - statement.start;
    const first = tokens.findIndex((token) => token.start === from);
    const last = tokens[first + 1]?.text === '.' ? tokens[first + 2]! : tokens[first]!;
    const alias = child(node, 'alias') ? '' : ` as ${quoteIdent(textOf(node, 'relname')!)}`;
    pieces.push({ from, to: last.end, text: `(${standIns.get(relationName(node))!.query}\n)${alias}` });
  });
  let text = statement.text;
  for (const { from, to, text: piece } of pieces.sort((a, b) => b.from - a.from))
    text = `${text.slice(0, from)}${piece}${text.slice(to)}`;
  return (await parseSql(text))[0];
}

function cteNames(node: Tree): string[] {
  const found: string[] = [];
  walk(node, (tag, inner) => {
    if (tag === 'CommonTableExpr') found.push(textOf(inner, 'ctename') ?? '');
  });
  return found;
}

const SERIAL: Record<string, string> = {
  serial: 'int4',
  bigserial: 'int8',
  smallserial: 'int2',
  serial4: 'int4',
  serial8: 'int8',
  serial2: 'int2',
};

/** What a table will look like that a CREATE TABLE with columns makes; undefined where it is like another. */
export function standInOf(createTable: Tree): StandIn | undefined {
  const elements = children(createTable, 'tableElts');
  if (elements.some((element) => 'TableLikeClause' in element)) return undefined;
  const columns = elements.flatMap((element) => {
    const column = child(element, 'ColumnDef');
    return column
      ? [`null::${typeOf(child(column, 'typeName'))} as ${quoteIdent(textOf(column, 'colname') ?? '')}`]
      : [];
  });
  return columns.length === 0 ? undefined : { query: `select ${columns.join(', ')}`, sized: false };
}

function typeOf(type: Tree | undefined): string {
  const parts = names(children(type, 'names'));
  const spelled =
    parts.length === 1 && SERIAL[parts[0]!]
      ? `pg_catalog.${SERIAL[parts[0]!]}`
      : parts.map(quoteIdent).join('.');
  return `${spelled}${'[]'.repeat(children(type, 'arrayBounds').length)}`;
}
