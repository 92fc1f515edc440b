import { z } from 'zod';
import { fromFilesSchema, fromPostgresSchema } from '../../../capabilities/ingest/input';
import { nameSchema, relationSchema } from '../../../schemas/goal';
import { previewFiles } from './preview-files';
import { previewPostgres } from './preview-postgres';
import { fitting } from './limits';
import type { Tool } from './tool';

const files = fromFilesSchema.shape;

/** The keys of an ingest step's `from`, flat: what works here works there. */
const inputSchema = z
  .strictObject({
    files: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe('A glob relative to the root of files: flights/*.csv'),
    connection: files.connection,
    format: files.format,
    delimiter: files.delimiter,
    nulls: files.nulls,
    encoding: files.encoding.optional(),
    header: z.boolean().optional(),
    postgres: nameSchema.optional().describe('A postgres connection, instead of files.'),
    table: relationSchema.optional().describe('Of that connection; absent: its tables are listed.'),
  })
  .refine(({ files: glob, postgres }) => (glob === undefined) !== (postgres === undefined), {
    error: 'give either files or postgres',
    path: ['files'],
  });

export const previewSource: Tool<z.infer<typeof inputSchema>> = {
  name: 'preview_source',
  description:
    'Looks at what could be loaded. Files: names of columns, inferred types, nulls, short codes, a few rows masked by shape, how many files and bytes; postgres: tables, or the columns of one. Takes the keys of an ingest step’s `from`. Use it before you write an ingest step.',
  input: inputSchema,
  async run({ postgres, table, files: glob, ...more }, ctx) {
    const content =
      postgres === undefined
        ? await previewFiles(fromFilesSchema.parse({ ...given(more), files: glob }), ctx)
        : await previewPostgres(
            fromPostgresSchema.parse({ postgres, table: table ?? 'any.any' }).postgres,
            table,
            ctx,
          );
    return { content: fitting(content) };
  },
};

const given = (more: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
