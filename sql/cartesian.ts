import { child, children, names, tagged, textOf, walk, type Tree } from './walk';
import type { ParsedStatement } from './parse';

/** Relations of one FROM that no condition connects: every row of the one with every row of the other. */
export interface Unjoined {
  /** What each of the parts is called in the query. */
  parts: string[][];
  /** How many of them may have any number of rows: not values written out, nor what a function gives. */
  large: number;
}

interface Item {
  name: string;
  /** Surely one row: an aggregate without groups, VALUES of one row, LIMIT 1. */
  single: boolean;
  /** A few rows: values written out, what a function of constants gives. */
  small?: boolean;
}

/**
 * Every FROM in a statement whose relations fall apart into several parts that no condition connects, parts of a
 * single row aside. Columns that do not say whose they are count for all: only what is certain is reported.
 */
export function unjoinedIn(statement: ParsedStatement): Unjoined[] {
  const found: Unjoined[] = [];
  const look = (node: Tree, from: string): void => {
    const unjoined = unjoinedOf(node, from);
    if (unjoined) found.push(unjoined);
  };
  const visit = (tag: string, node: Tree): void => {
    if (tag === 'SelectStmt') look(node, 'fromClause');
    if (tag === 'UpdateStmt') look(node, 'fromClause');
    if (tag === 'DeleteStmt') look(node, 'usingClause');
  };
  visit(statement.kind, statement.node);
  walk(statement.node, visit);
  return found;
}

function unjoinedOf(node: Tree, key: string): Unjoined | undefined {
  const items: Item[] = [];
  const links: string[][] = [];
  const conditions: Tree[] = [];
  const target = child(node, 'relation');
  if (target) items.push({ name: nameOf(target), single: false });
  for (const each of children(node, key)) collect(each, items, links, conditions);
  if (items.length < 2) return undefined;
  const known = new Set(items.map(({ name }) => name));
  const where = child(node, 'whereClause');
  if (where) conditions.push(where);
  for (const condition of conditions) {
    for (const part of conjuncts(condition)) {
      if (leavesAlmostAll(part)) continue;
      const { qualified, bare } = columnsOf(part);
      const named = [...qualified].filter((name) => known.has(name));
      // A bare column may be of any of them.
      if (bare >= 1 && named.length + bare >= 2) links.push([...known]);
      else if (named.length >= 2) links.push(named);
    }
  }
  const named = (name: string): Item => items.find((item) => item.name === name)!;
  const parts = connected(
    items.map(({ name }) => name),
    links,
  ).filter((part) => !part.every((name) => named(name).single));
  const large = parts.filter((part) => !part.every((name) => named(name).single || named(name).small));
  return parts.length > 1 ? { parts, large: large.length } : undefined;
}

/** `a.id <> b.id`, or what is true anyway: nearly every pair stays. */
function leavesAlmostAll(condition: Tree): boolean {
  const inner = child(condition, 'A_Expr');
  const other = inner?.['kind'] === 'AEXPR_OP' && names(children(inner, 'name')).at(-1) === '<>';
  const arms = children(child(condition, 'BoolExpr'), 'args');
  const anyway =
    child(condition, 'BoolExpr')?.['boolop'] === 'OR_EXPR' &&
    arms.some((arm) => child(child(arm, 'A_Const'), 'boolval')?.['boolval'] === true);
  return other || inner?.['kind'] === 'AEXPR_DISTINCT' || anyway;
}

function collect(node: Tree, items: Item[], links: string[][], conditions: Tree[]): void {
  const [tag, inner] = tagged(node);
  switch (tag) {
    case 'RangeVar':
      items.push({ name: nameOf(inner), single: false });
      return;
    case 'RangeSubselect': {
      const name = textOf(child(inner, 'alias'), 'aliasname') ?? '';
      const select = child(child(inner, 'subquery'), 'SelectStmt');
      const single = select !== undefined && givesOneRow(select);
      items.push({ name, single, small: select !== undefined && isSmall(select) });
      // LATERAL looks at what stands before it.
      if (inner['lateral'] === true) links.push(items.map((item) => item.name));
      return;
    }
    case 'RangeFunction': {
      const name = textOf(child(inner, 'alias'), 'aliasname') ?? functionName(inner);
      items.push({ name, single: false, small: true });
      const { qualified, bare } = columnsOf(inner['functions']);
      const used = [...qualified].filter((each) => items.some((item) => item.name === each));
      if (bare > 0) links.push(items.map((item) => item.name));
      else if (used.length > 0) links.push([...used, name]);
      return;
    }
    case 'JoinExpr': {
      const before = items.length;
      for (const side of ['larg', 'rarg']) collect(child(inner, side) ?? {}, items, links, conditions);
      const mine = items.slice(before).map((item) => item.name);
      if (inner['isNatural'] === true || Array.isArray(inner['usingClause'])) links.push(mine);
      const quals = child(inner, 'quals');
      if (quals) conditions.push(quals);
      return;
    }
    default:
      // Something else that gives rows (XMLTABLE, a sample): taken for connected.
      for (const each of Object.values(inner)) if (isRange(each)) collect(each, items, links, conditions);
  }
}

function isRange(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && ('RangeVar' in value || 'RangeSubselect' in value);
}

const nameOf = (rangeVar: Tree): string =>
  textOf(child(rangeVar, 'alias'), 'aliasname') ?? textOf(rangeVar, 'relname') ?? '';

function functionName(range: Tree): string {
  let found = '';
  walk(range, (tag, node) => {
    if (tag === 'FuncCall' && found === '') found = names(children(node, 'funcname')).at(-1) ?? '';
  });
  return found;
}

/** What is joined by AND; an OR connects only what all of its arms do, which counts as one. */
function conjuncts(condition: Tree): Tree[] {
  const inner = child(condition, 'BoolExpr');
  return inner?.['boolop'] === 'AND_EXPR' ? children(inner, 'args').flatMap(conjuncts) : [condition];
}

function columnsOf(value: unknown): { qualified: Set<string>; bare: number } {
  const qualified = new Set<string>();
  const bare = new Set<string>();
  walk(value, (tag, node) => {
    if (tag !== 'ColumnRef') return;
    const parts = names(children(node, 'fields'));
    if (parts.length > 1) qualified.add(parts[parts.length - 2]!);
    else if (parts[0]) bare.add(parts[0]);
  });
  return { qualified, bare: bare.size };
}

/** Aggregates without groups, one row of VALUES, LIMIT 1 (or FETCH FIRST ROW). */
function givesOneRow(select: Tree): boolean {
  if (select['op'] !== undefined && select['op'] !== 'SETOP_NONE') return false;
  const limit = child(child(select, 'limitCount'), 'A_Const');
  if (limit && Number(child(limit, 'ival')?.['ival'] ?? 0) <= 1 && child(limit, 'ival')) return true;
  if (Array.isArray(select['valuesLists'])) return select['valuesLists'].length <= 1;
  if (select['fromClause'] === undefined) return !callsSet(select);
  if (select['groupClause'] !== undefined || select['distinctClause'] !== undefined) return false;
  return children(select, 'targetList').some((target) =>
    aggregates(child(child(target, 'ResTarget'), 'val')),
  );
}

/** VALUES, or a SELECT from nothing (a series of constants). */
function isSmall(select: Tree): boolean {
  return Array.isArray(select['valuesLists']) || select['fromClause'] === undefined;
}

const AGGREGATES =
  /^(count|sum|avg|min|max|bool_and|bool_or|every|string_agg|array_agg|json_agg|jsonb_agg|percentile_cont|percentile_disc|mode|stddev\w*|var\w*|corr|regr_\w+|any_value)$/;

function aggregates(value: Tree | undefined): boolean {
  let found = false;
  walk(value, (tag, node) => {
    if (tag === 'SubLink') return false;
    if (
      tag === 'FuncCall' &&
      node['over'] === undefined &&
      AGGREGATES.test(names(children(node, 'funcname')).at(-1) ?? '')
    )
      found = true;
    return true;
  });
  return found;
}

function callsSet(select: Tree): boolean {
  let found = false;
  walk(select['targetList'], (tag, node) => {
    if (
      tag === 'FuncCall' &&
      /^(unnest|generate_series|regexp_matches|json\w*_each|json\w*_elements)/.test(
        names(children(node, 'funcname')).at(-1) ?? '',
      )
    )
      found = true;
  });
  return found;
}

function connected(all: readonly string[], links: readonly string[][]): string[][] {
  const parts = [...new Set(all)].map((name) => new Set([name]));
  for (const link of links) {
    const touched = parts.filter((part) => link.some((name) => part.has(name)));
    const [first, ...rest] = touched;
    for (const other of rest) {
      for (const name of other) first!.add(name);
      parts.splice(parts.indexOf(other), 1);
    }
  }
  return parts.map((part) => [...part]);
}
