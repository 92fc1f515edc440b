/** What kind of value a type holds, as far as masking goes. */
export type ValueKind = 'number' | 'boolean' | 'date' | 'time' | 'enum' | 'text' | 'other';

/** Of a type, or of what a domain stands on. */
export interface TypeFacts {
  /** pg_type.typcategory. */
  category: string;
  /** pg_type.typname. */
  name: string;
}

/** SQL for {@link TypeFacts} of the type in `oid`: domains are followed to their base. */
export const TYPE_FACTS_SQL = (oid: string): string => `(
  with recursive type_facts(kind, base, category, name) as (
    select k.typtype, k.typbasetype, k.typcategory, k.typname from pg_catalog.pg_type k where k.oid = ${oid}
    union all
    select k.typtype, k.typbasetype, k.typcategory, k.typname
      from type_facts f join pg_catalog.pg_type k on k.oid = f.base where f.kind = 'd'
  ) select pg_catalog.jsonb_build_object('category', category::text, 'name', name::text)
      from type_facts where kind <> 'd')`;

/** Categories are PostgreSQL's (table "typcategory Codes"); what is not known is `other`, of which nothing is shown. */
export function kindOf({ category, name }: TypeFacts): ValueKind {
  // A regclass is a number by its category and a name by its text.
  if (name.startsWith('reg')) return 'text';
  switch (category) {
    case 'N':
      return 'number';
    case 'B':
      return 'boolean';
    case 'D':
      return name === 'time' || name === 'timetz' ? 'time' : 'date';
    case 'T':
      return 'number';
    case 'E':
      return 'enum';
    case 'S':
    case 'X':
    case 'Z':
      return 'text';
    default:
      return 'other';
  }
}

/** Values of these may hold whatever somebody wrote. */
export const holdsText = (kind: ValueKind): boolean => kind === 'text' || kind === 'other';
