import { z } from 'zod';
import { nameSchema } from './goal';

/** A reference to a secret; the only thing a credential field accepts. */
export const secretRefSchema = z
  .string()
  .regex(
    /^secret:\/\/[A-Za-z_][A-Za-z0-9_.-]{0,127}$/,
    'a reference like secret://name; a literal is refused',
  );

export const postgresConnectionSchema = z.strictObject({
  kind: z.literal('postgres'),
  host: z.string().min(1).default('127.0.0.1'),
  port: z.number().int().min(1).max(65535).default(5432),
  database: z.string().min(1),
  /** The role to look with, and the role to write with; a source needs only the first. */
  readUser: z.string().min(1),
  readPassword: secretRefSchema.optional(),
  writeUser: z.string().min(1).optional(),
  writePassword: secretRefSchema.optional(),
  ssl: z.enum(['disable', 'require', 'verify-full']).default('disable'),
  environment: z.enum(['dev', 'staging', 'protected']).default('dev'),
});

export const filesConnectionSchema = z.strictObject({
  kind: z.literal('files'),
  /** Directory below which every path must resolve (after symbolic links). Relative to the configuration file. */
  root: z.string().min(1),
});

export const connectionSchema = z.discriminatedUnion('kind', [
  postgresConnectionSchema,
  filesConnectionSchema,
]);

export const configSchema = z.strictObject({
  apiVersion: z.literal('sluice/v1').default('sluice/v1'),
  /** Root of files for steps that name no files connection; default: the goal document's folder. */
  files: z.strictObject({ root: z.string().min(1) }).optional(),
  connections: z.record(nameSchema, connectionSchema).default({}),
  stack: z
    .strictObject({
      postgresPort: z.number().int().min(1).max(65535).optional(),
      temporalPort: z.number().int().min(1).max(65535).optional(),
      uiPort: z.number().int().min(1).max(65535).optional(),
    })
    .default({}),
  temporal: z
    .strictObject({
      address: z.string().optional(),
      namespace: z.string().optional(),
      taskQueue: z.string().optional(),
    })
    .default({}),
});

export type PostgresConnection = z.infer<typeof postgresConnectionSchema>;
export type FilesConnection = z.infer<typeof filesConnectionSchema>;
export type Connection = z.infer<typeof connectionSchema>;
export type Config = z.infer<typeof configSchema>;
