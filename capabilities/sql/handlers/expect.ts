import type { RelationName } from '../../../schemas/change';
import { quoteLiteral, quoteRelation } from '../../../sql/quote';
import type { Expectation } from '../plan';

/** The key under which what is expected of a relation is known, and of its columns: `relation public.t`. */
export const relationKey = (name: RelationName): string => `relation ${name}`;
export const columnKey = (name: RelationName, column: string): string => `relation ${name} column ${column}`;

/** A relation of that name is there, or is not. */
export function expectRelation(name: RelationName, present: boolean): Expectation {
  const sql = `select to_regclass(${quoteLiteral(quoteRelation(name))}) is ${present ? 'not ' : ''}null as ok`;
  return {
    of: relationKey(name),
    sql,
    message: `${name} is ${present ? 'there' : 'gone'}`,
    absent: !present,
  };
}

/** A column is there, or is not; `type`, where given, is what format_type says of it. */
export function expectColumn(name: RelationName, column: string, present: boolean): Expectation {
  const sql = `select ${present ? '' : 'not '}exists (select from pg_attribute where attname = ${quoteLiteral(column)}
    and attrelid = to_regclass(${quoteLiteral(quoteRelation(name))}) and attnum > 0 and not attisdropped) as ok`;
  return {
    of: columnKey(name, column),
    sql,
    message: `the column ${column} of ${name} is ${present ? 'there' : 'gone'}`,
    absent: !present,
  };
}

/** A column's NOT NULL is set, or is not. */
export function expectNotNull(name: RelationName, column: string, set: boolean): Expectation {
  const sql = `select exists (select from pg_attribute where attname = ${quoteLiteral(column)}
    and attrelid = to_regclass(${quoteLiteral(quoteRelation(name))}) and attnotnull = ${set}) as ok`;
  return {
    of: `${columnKey(name, column)} not null`,
    sql,
    message: `the column ${column} of ${name} ${set ? 'takes no' : 'may hold'} NULL`,
  };
}

/** A constraint of that name is there, or is not. */
export function expectConstraint(name: RelationName, constraint: string, present: boolean): Expectation {
  const sql = `select ${present ? '' : 'not '}exists (select from pg_constraint where conname = ${quoteLiteral(constraint)}
    and conrelid = to_regclass(${quoteLiteral(quoteRelation(name))})) as ok`;
  return {
    of: `${relationKey(name)} constraint ${constraint}`,
    sql,
    message: `the constraint ${constraint} of ${name} is ${present ? 'there' : 'gone'}`,
    absent: !present,
  };
}

/** A schema is there, or is not. */
export function expectSchema(schema: string, present: boolean): Expectation {
  const sql = `select ${present ? '' : 'not '}exists (select from pg_namespace where nspname = ${quoteLiteral(schema)}) as ok`;
  return {
    of: `schema ${schema}`,
    sql,
    message: `the schema ${schema} is ${present ? 'there' : 'gone'}`,
    absent: !present,
  };
}

/** No relation has taken the name that something must get back. */
export function nameFree(name: RelationName): { sql: string; because: string } {
  const quoted = quoteLiteral(quoteRelation(name));
  return {
    sql: `select (to_regclass(${quoted}) is not null)::int as n`,
    because: `another relation is called ${name} now`,
  };
}

/** A table is a partition of another, or is not. */
export function expectPartition(name: RelationName, partition: RelationName, attached: boolean): Expectation {
  const [above, below] = [name, partition].map((each) => quoteLiteral(quoteRelation(each)));
  return {
    of: `${relationKey(partition)} partition`,
    sql: `select ${attached ? '' : 'not '}exists (select from pg_inherits where inhparent = to_regclass(${above})
    and inhrelid = to_regclass(${below}) and not inhdetachpending) as ok`,
    message: `${partition} is ${attached ? 'a' : 'no'} partition of ${name}`,
  };
}
