/** The parse tree as libpg-query gives it: objects with one key per node tag, e.g. `{ RangeVar: { relname: 't' } }`. */
export type Tree = { [key: string]: unknown };

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The child under `key` if it is an object, else undefined. */
export function child(tree: Tree | undefined, key: string): Tree | undefined {
  const value = tree?.[key];
  return isTree(value) ? value : undefined;
}

/** The children under `key`; an absent list is empty. */
export function children(tree: Tree | undefined, key: string): Tree[] {
  const value = tree?.[key];
  return Array.isArray(value) ? value.filter(isTree) : [];
}

export function textOf(tree: Tree | undefined, key: string): string | undefined {
  const value = tree?.[key];
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(tree: Tree | undefined, key: string): number | undefined {
  const value = tree?.[key];
  return typeof value === 'number' ? value : undefined;
}

/** The one tag of a wrapped node and what is under it: `{SelectStmt: {…}}` gives `['SelectStmt', {…}]`. */
export function tagged(tree: Tree): [tag: string, node: Tree] {
  const entry = Object.entries(tree)[0];
  return entry && isTree(entry[1]) ? [entry[0], entry[1]] : ['', {}];
}

/** Texts of a list of String nodes: a dotted name's parts. */
export function names(list: readonly Tree[]): string[] {
  return list.map((item) => textOf(child(item, 'String'), 'sval') ?? '');
}

/** Every node below (and at) `value`, parents before children. `visit` returns false to stay out of a node. */
export function walk(value: unknown, visit: (tag: string, node: Tree) => boolean | void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
  } else if (isTree(value)) {
    for (const [key, below] of Object.entries(value)) {
      // The arms of a set operation are SELECTs without their tag.
      const tag = key === 'larg' || key === 'rarg' ? 'SelectStmt' : key;
      if (isTree(below) && /^[A-Z]/.test(tag)) {
        if (visit(tag, below) === false) continue;
      }
      walk(below, visit);
    }
  }
}

/** The smallest location (in bytes) anywhere below, where the tree states one. */
export function firstLocation(tree: unknown): number | undefined {
  if (Array.isArray(tree) || isTree(tree)) {
    const own = isTree(tree) && typeof tree['location'] === 'number' && tree['location'] >= 0;
    const found = Object.values(tree).map(firstLocation);
    if (own) found.push(tree['location'] as number);
    const known = found.filter((value) => value !== undefined);
    return known.length > 0 ? Math.min(...known) : undefined;
  }
  return undefined;
}

/** The tree without its locations: equal for two texts that mean the same statement, whatever their layout. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (!isTree(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !/(location|list_start|list_end|stmt_len)$/.test(key));
  return Object.fromEntries(kept.map(([key, below]) => [key, shapeOf(below)]));
}
