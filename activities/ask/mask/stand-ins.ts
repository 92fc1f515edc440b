import { scanSql } from '../../../sql/scan';
import type { ParsedStatement } from '../../../sql/parse';
import { quoteIdent, quoteRelation } from '../../../sql/quote';
import { relationName } from '../../../sql/relations';
import { refusedSql } from '../../../sql/text';
import { child, numberOf, textOf, walk, type Tree } from '../../../sql/walk';
import type { RelationName } from '../../../schemas/change';
import type { MaskedColumn, MaskedRelation } from './columns';

/** Names of what stands in; a query that uses them itself is refused. */
const STAND_IN = 'sluice_without_secrets_';

/** `prefix` is a WITH, or empty: it goes before whatever takes the query as a subquery. */
export interface StoodIn {
  prefix: string;
  query: string;
}

/**
 * The query with a stand-in for every relation that has hidden columns: the same rows, but all values of a hidden column
 * are one and the same. So no condition, join, grouping or function of a query can learn anything about them but where
 * they are null.
 */
export async function withStandIns(
  statement: ParsedStatement,
  relations: ReadonlyMap<RelationName, MaskedRelation>,
): Promise<StoodIn> {
  const hiding = [...relations.values()].filter((each) => each.columns.some((column) => column.sensitive));
  if (hiding.length === 0) return { prefix: '', query: statement.text };
  const byName = new Map(
    hiding.map((each, at) => [each.relation, { ...each, standIn: `${STAND_IN}${at + 1}` }]),
  );
  refuseConfusion(statement, hiding);
  const tokens = (await scanSql(statement.source)).filter((token) => !token.isComment);
  const edits: { from: number; to: number; text: string }[] = [];
  for (const rangeVar of rangeVars(statement)) {
    const named = byName.get(relationName(rangeVar));
    if (!named) continue;
    const start = statement.offsetOf(numberOf(rangeVar, 'location') ?? 0);
    let at = tokens.findIndex((token) => token.start === start);
    if (at < 0) throw refused(statement, start, 'The place of a table in the query is not clear');
    const before = tokens[at - 1]?.text.toLowerCase();
    // `schema.name` is three tokens.
    for (const more of ['catalogname', 'schemaname']) if (rangeVar[more] !== undefined) at += 2;
    const alias =
      child(rangeVar, 'alias') || before === 'table'
        ? ''
        : ` as ${quoteIdent(textOf(rangeVar, 'relname') ?? '')}`;
    edits.push({
      from: start - statement.start,
      to: tokens[at]!.end - statement.start,
      text: `${quoteIdent(named.standIn)}${alias}`,
    });
  }
  let text = statement.text;
  for (const { from, to, text: instead } of edits.sort((a, b) => b.from - a.from)) {
    text = text.slice(0, from) + instead + text.slice(to);
  }
  return { prefix: prefix([...byName.values()]), query: text };
}

/** What would make it unclear which table a name means. */
function refuseConfusion(statement: ParsedStatement, hiding: readonly MaskedRelation[]): void {
  const bare = new Set(hiding.map(({ relation }) => relation.slice(relation.indexOf('.') + 1)));
  walk({ [statement.kind]: statement.node }, (tag, node) => {
    const name = tag === 'CommonTableExpr' ? textOf(node, 'ctename') : undefined;
    if (name !== undefined && (bare.has(name) || name.startsWith(STAND_IN))) {
      const at = statement.offsetOf(numberOf(node, 'location') ?? 0);
      throw refused(statement, at, `WITH ${name} has the name of a table with hidden columns`);
    }
  });
}

function refused(statement: ParsedStatement, offset: number, what: string): Error {
  return refusedSql(
    statement.source,
    offset,
    `${what}.`,
    'Name tables with their schema, and give WITH other names.',
  );
}

/** Every table that the statement names, wherever; RangeVars of some fields have no tag. */
function rangeVars(statement: ParsedStatement): Tree[] {
  const found: Tree[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      const tree = value as Tree;
      if (typeof tree['relname'] === 'string') found.push(tree);
      Object.values(tree).forEach(visit);
    }
  };
  visit(statement.node);
  return found;
}

function prefix(standIns: readonly (MaskedRelation & { standIn: string })[]): string {
  const each = standIns.map(({ standIn, relation, columns }) => {
    const list = columns.map((column) =>
      column.sensitive ? `${constant(column)} as ${quoteIdent(column.name)}` : quoteIdent(column.name),
    );
    return `${quoteIdent(standIn)} as not materialized (select ${list.join(', ')} from ${quoteRelation(relation)})`;
  });
  return `with ${each.join(', ')} `;
}

const CONSTANTS: readonly [RegExp, string][] = [
  [/^(smallint|integer|bigint|numeric|real|double precision|money|interval|oid)\b/, '0'],
  [/^boolean$/, 'false'],
  [/^(date|timestamp)\b/, '2000-01-01'],
  [/^(text|character|"char"|name|bpchar)\b/, 'hidden'],
];

/** The same for every value, and null where there is none (a type of somebody's own: always null, it might refuse). */
function constant({ name, type }: MaskedColumn): string {
  const value = type.endsWith('[]') ? undefined : CONSTANTS.find(([types]) => types.test(type))?.[1];
  if (value === undefined) return `null::${type}`;
  return `case when ${quoteIdent(name)} is not null then '${value}'::${type} end`;
}
