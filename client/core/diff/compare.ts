import type { RelationName } from '../../../schemas/change';
import type { RelationLine } from '../../../warehouses/postgres/relation-lines';

/** What one environment has of the goal's relations. */
export interface Side {
  environment: string;
  lines: readonly RelationLine[];
  /** Rows per relation that exists; null where they may not be read. */
  rows: Record<RelationName, number | null>;
  /** ISO 8601: when the newest load that stands became visible. */
  loadedAt: Record<RelationName, string>;
}

export interface Difference {
  relation: RelationName;
  /** `relation`, `column`, `constraint`, `index`, …, `rows`, `loaded`. */
  what: string;
  identity: string;
  /** null: it is not there. */
  a: string | null;
  b: string | null;
}

/** What is not the same, in the order of relations; empty when all is. */
export function compareSides(a: Side, b: Side, relations: readonly RelationName[]): Difference[] {
  return relations.flatMap((relation) => {
    const [one, other] = [structure(a, relation), structure(b, relation)];
    if (one.size === 0 || other.size === 0) {
      if (one.size === other.size) return [];
      const there = (side: Map<string, RelationLine>): string | null => (side.size === 0 ? null : 'there');
      return [{ relation, what: 'relation', identity: relation, a: there(one), b: there(other) }];
    }
    return [
      ...[...new Set([...one.keys(), ...other.keys()])]
        .sort()
        .flatMap((key) => line(relation, one.get(key), other.get(key))),
      ...value(relation, 'rows', text(a.rows[relation]), text(b.rows[relation])),
      ...value(relation, 'loaded', a.loadedAt[relation] ?? null, b.loadedAt[relation] ?? null),
    ];
  });
}

const text = (count: number | null | undefined): string =>
  count === null || count === undefined ? 'not readable' : String(count);

function structure({ lines }: Side, relation: RelationName): Map<string, RelationLine> {
  return new Map(
    lines.filter((one) => one.relation === relation).map((one) => [`${one.class} ${one.identity}`, one]),
  );
}

function line(relation: RelationName, a?: RelationLine, b?: RelationLine): Difference[] {
  if (a && b && a.definition === b.definition) return [];
  const some = (a ?? b)!;
  const same = a && b && a.shown === b.shown;
  const show = (one: RelationLine | undefined): string | null =>
    one === undefined ? null : `${one.shown ?? 'there'}${same ? ` (${one.definition.slice(0, 8)})` : ''}`;
  return [{ relation, what: some.class, identity: some.identity, a: show(a), b: show(b) }];
}

function value(relation: RelationName, what: string, a: string | null, b: string | null): Difference[] {
  return a === b ? [] : [{ relation, what, identity: relation, a, b }];
}
