import { z } from 'zod';
import { identifierSchema, relationSchema } from '../../schemas/goal';
import { lintQuery, queryFields } from '../query/read-query';

const columnSchema = identifierSchema;
const columnsSchema = z.union([columnSchema, z.array(columnSchema).min(1)]);
const valueSchema = z.union([z.string(), z.number(), z.boolean()]);

/** The kinds of test, as a goal spells them. */
export const TEST_KINDS = ['not_null', 'unique', 'accepted_values', 'relationships', 'check'] as const;

const testSchema = z.strictObject({
  /** Each of the columns has a value in every row. */
  not_null: columnsSchema.optional(),
  /** No two rows are alike in all of the columns. */
  unique: columnsSchema.optional(),
  /** Of `unique`: whether a null equals another null (`same`), or its row is like no other (`distinct`, as in SQL). */
  nulls: z.enum(['distinct', 'same']).optional(),
  /** The column has one of the values, or none. */
  accepted_values: z.strictObject({ column: columnSchema, values: z.array(valueSchema).min(1) }).optional(),
  /** The column's value, where there is one, occurs in `field` of `to`. */
  relationships: z.strictObject({ column: columnSchema, to: relationSchema, field: columnSchema }).optional(),
  /** A SELECT that must give no rows; the model, before it is published, is called `model` in it. */
  check: z.string().min(1).optional(),
  /** Of `check`: what holds when it gives no rows. */
  name: z.string().min(1).optional(),
  /** A failed `warning` is reported; a failed `error` keeps the model from being published. */
  severity: z.enum(['error', 'warning']).default('error'),
});

export const modelInputSchema = z.strictObject({
  name: relationSchema,
  ...queryFields,
  materialized: z.enum(['table', 'view']).default('table'),
  tests: z.array(testSchema).default([]),
  /** Becomes the relation's comment. */
  description: z.string().min(1).optional(),
  /** Columns, or lists of columns, that get an index. */
  indexes: z.array(columnsSchema).default([]),
});

export type TestInput = z.infer<typeof testSchema>;
export type ModelInput = z.infer<typeof modelInputSchema>;

export function lintModel(input: ModelInput): { path: string; message: string }[] {
  const faults = lintQuery(input);
  input.tests.forEach((test, index) => {
    const kinds = TEST_KINDS.filter((kind) => test[kind] !== undefined);
    if (test.nulls !== undefined && test.unique === undefined) {
      faults.push({ path: `tests[${index}].nulls`, message: 'says something about `unique` only' });
    }
    if (test.name !== undefined && test.check === undefined) {
      faults.push({ path: `tests[${index}].name`, message: 'names a `check` only' });
    }
    if (kinds.length === 1) return;
    const found = kinds.length === 0 ? 'none' : kinds.join(' and ');
    faults.push({
      path: `tests[${index}]`,
      message: `a test is exactly one of ${TEST_KINDS.join(', ')}; found ${found}`,
    });
  });
  if (input.materialized === 'view' && input.indexes.length > 0) {
    faults.push({
      path: 'indexes',
      message: 'a view has no rows of its own to index; use materialized: table',
    });
  }
  if (/^(sluice|information_schema|pg_[^.]*)\./.test(input.name)) {
    faults.push({ path: 'name', message: 'belongs to Sluice or the system; choose a schema of your own' });
  }
  return faults;
}

/** A column or a list of them, as a list. */
export function listOf(columns: string | readonly string[]): string[] {
  return typeof columns === 'string' ? [columns] : [...columns];
}
