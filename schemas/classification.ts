import { z } from 'zod';

/** `*` stands for any characters; everything else for itself. What could end a quoted text in Cedar is left out. */
export const globSchema = z
  .string()
  .regex(/^[^"\\\u0000-\u001f\u007f]{1,200}$/, 'a name, in which * stands for any characters');

/** Names of roles and of classes of data. */
export const wordSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.:-]{0,62}$/, 'a word like dba, data-owner or pii');

/** One value or several; always an array after parsing. */
export const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.union([item.transform((value) => [value]), z.array(item).min(1, 'at least one')]);

/** Classes of data by relation (`crm.people`, `raw.*`) or by column (`crm.people.email`): `{ 'raw.people': [pii] }`. */
export const classificationSchema = z.record(globSchema, oneOrMore(wordSchema));
export type Classification = Record<string, string[]>;
