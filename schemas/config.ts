import { z } from 'zod';
import { classificationSchema } from './classification';
import { nameSchema } from './goal';
import { identitySchema } from './identity';
import { llmSchema } from './llm';
import { notifierSchema } from './notifiers';
import { retentionSchema } from './retention';
import { secretRefSchema } from './secret-ref';

export { secretRefSchema };

const portSchema = z.number().int().min(1).max(65535);
const sslSchema = z.enum(['disable', 'require', 'verify-full']);

export const postgresConnectionSchema = z.strictObject({
  kind: z.literal('postgres'),
  host: z.string().min(1).default('127.0.0.1'),
  port: portSchema.default(5432),
  database: z.string().min(1),
  /** The role to look with, and the role to write with; a source needs only the first. */
  readUser: z.string().min(1),
  readPassword: secretRefSchema.optional(),
  writeUser: z.string().min(1).optional(),
  writePassword: secretRefSchema.optional(),
  ssl: sslSchema.default('disable'),
  environment: z.enum(['dev', 'staging', 'protected']).default('dev'),
  /** Classes of the data in its relations, wherever it is loaded to. */
  classification: classificationSchema.optional(),
  /** What work there costs, in one currency, so that policy can bound it. Absent: nothing. */
  price: z
    .strictObject({ perGB: z.number().min(0).default(0), perHour: z.number().min(0).default(0) })
    .optional(),
  /**
   * The server on which rehearsals make their shadows; host, port and ssl default to the warehouse's own. Without it the
   * embedded PostgreSQL is used, where there is one.
   */
  shadow: z
    .strictObject({
      host: z.string().min(1).optional(),
      port: portSchema.optional(),
      ssl: sslSchema.optional(),
      /** A superuser there; and the role that owns what a rehearsal makes, which may connect to nothing else. */
      adminUser: z.string().min(1),
      adminPassword: secretRefSchema.optional(),
      rehearsalUser: z.string().min(1),
      rehearsalPassword: secretRefSchema.optional(),
    })
    .optional(),
});

/** Sluice's own database, when it is not in the embedded PostgreSQL: all clients and workers share it. */
export const storeSchema = z.strictObject({
  host: z.string().min(1),
  port: portSchema.default(5432),
  database: z.string().min(1).default('sluice'),
  user: z.string().min(1).default('sluice'),
  password: secretRefSchema.optional(),
  ssl: sslSchema.default('disable'),
});

/** How a Temporal that is not the embedded one is reached. Standard `TEMPORAL_…` variables go before it. */
export const temporalSchema = z.strictObject({
  /** `host:port` */
  address: z.string().min(1).optional(),
  namespace: z.string().min(1).optional(),
  taskQueue: z.string().min(1).optional(),
  /** Where its web UI is, for links; its workflows lie below `/namespaces/…`. */
  ui: z.url({ protocol: /^https?$/ }).optional(),
  apiKey: secretRefSchema.optional(),
  /** Files hold PEM; their paths are relative to the configuration. */
  tls: z
    .union([
      z.boolean(),
      z.strictObject({
        ca: z.string().min(1).optional(),
        cert: z.string().min(1).optional(),
        /** The client's private key: a file, or a secret that holds the PEM text. */
        key: z
          .string()
          .regex(/^[^\n]+$/, 'a file, or a reference like secret://name; never the key')
          .optional(),
        serverName: z.string().min(1).optional(),
      }),
    ])
    .optional(),
});

const pathSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/, 'a path');

/** A HashiCorp Vault (or OpenBao): secrets of a KV engine of version 2. */
export const vaultSchema = z.strictObject({
  /** Default: VAULT_ADDR. */
  address: z.url({ protocol: /^https?$/ }).optional(),
  /** Default: VAULT_NAMESPACE. */
  namespace: z.string().min(1).optional(),
  mount: pathSchema.default('secret'),
  /** Below the mount: where `secret://NAME` is looked for. */
  path: z.union([z.literal(''), pathSchema]).default('sluice'),
  /** The field that `secret://NAME` is. */
  field: z.string().min(1).default('value'),
  /** PEM of the authority that signed its certificate, relative to the configuration. Default: VAULT_CACERT. */
  ca: z.string().min(1).optional(),
  /** Allows http to another machine. */
  insecure: z.boolean().default(false),
  /** How one signs in; what it takes comes from the environment or a file. Default: VAULT_TOKEN. */
  auth: z
    .strictObject({
      token: secretRefSchema.optional(),
      appRole: z
        .strictObject({
          mount: pathSchema.default('approle'),
          roleId: z.string().min(1),
          secretId: secretRefSchema,
        })
        .optional(),
    })
    .optional(),
  /** How long a value that was read is used without asking again. */
  cacheSeconds: z.number().min(0).max(3_600).default(60),
});

export const secretsSchema = z.strictObject({
  /** In which order a name is looked for. Default: environment, file, and Vault where there is one. */
  providers: z
    .array(z.enum(['environment', 'file', 'vault']))
    .min(1)
    .optional(),
  vault: vaultSchema.optional(),
});

/** Keys of what Temporal keeps: the one that encrypts, and older ones that still decrypt. */
export const encryptionSchema = z.strictObject({
  key: secretRefSchema,
  olderKeys: z.array(secretRefSchema).max(20).default([]),
});

export const filesConnectionSchema = z.strictObject({
  kind: z.literal('files'),
  /** Directory below which every path must resolve (after symbolic links). Relative to the configuration file. */
  root: z.string().min(1),
  /** Classes of the data in its files, by their path below the root. */
  classification: classificationSchema.optional(),
});

export const connectionSchema = z.discriminatedUnion('kind', [
  postgresConnectionSchema,
  filesConnectionSchema,
]);

export const lineageSchema = z.strictObject({
  /** Where OpenLineage events go, e.g. a Marquez; `/api/v1/lineage` is added to it. OPENLINEAGE_URL comes first. */
  url: z.url({ protocol: /^https?$/ }).optional(),
  /** Sent as a bearer token. */
  apiKey: secretRefSchema.optional(),
  /** Of Sluice's jobs. */
  namespace: z.string().min(1).max(200).optional(),
});

/** What is different in one environment; everything else is the same. */
export const environmentSchema = z.strictObject({
  /** Laid over `connections` of the configuration: docs/environments.md has the rules. */
  connections: z.record(nameSchema, z.record(z.string(), z.unknown())).default({}),
  /** Values for goals that declare them; `--param` goes before them, a goal's default after. */
  params: z.record(nameSchema, z.union([z.string(), z.number(), z.boolean()])).default({}),
  /** The warehouse of every goal, whatever it says itself. */
  warehouse: nameSchema.optional(),
});

export const configSchema = z.strictObject({
  apiVersion: z.literal('sluice/v1').default('sluice/v1'),
  /** Root of files for steps that name no files connection; default: the goal document's folder. */
  files: z.strictObject({ root: z.string().min(1) }).optional(),
  connections: z.record(nameSchema, connectionSchema).default({}),
  environments: z.record(nameSchema, environmentSchema).default({}),
  /** Issuers whose identities may sign in. */
  identity: identitySchema.optional(),
  /** Seconds after which a lock that other sessions hold is no longer waited for; default 300. */
  locks: z.strictObject({ waitSeconds: z.number().int().min(1).max(86_400) }).optional(),
  /** How long what Sluice keeps beside the data is kept; `retentionOf` fills in the defaults. */
  retention: retentionSchema.optional(),
  /** Classes of data by relation or column, for policy: `{ 'raw.people': pii, 'crm.*.iban': financial }`. */
  classification: classificationSchema.optional(),
  policy: z
    .strictObject({
      /** `host` or `host:port` of OPA servers that policies which travel with goals may have this worker ask. */
      hosts: z.array(z.string().min(1)).default([]),
    })
    .optional(),
  lineage: lineageSchema.optional(),
  stack: z
    .strictObject({
      postgresPort: portSchema.optional(),
      temporalPort: portSchema.optional(),
      uiPort: portSchema.optional(),
      /** Of the worker's Prometheus metrics, on loopback. */
      metricsPort: portSchema.optional(),
    })
    .default({}),
  temporal: temporalSchema.default({}),
  /** Who is told of gates and failures. */
  notifiers: z.record(nameSchema, notifierSchema).default({}),
  /** The model that `sluice ask` works with; `llmOf` fills in the defaults. */
  llm: llmSchema.optional(),
  /** Where `secret://…` is looked for. */
  secrets: secretsSchema.default({}),
  /** Absent: not encrypted on the embedded Temporal, refused on any other. */
  encryption: z.union([z.literal('off'), encryptionSchema]).optional(),
  /** Absent: in the embedded PostgreSQL. */
  store: storeSchema.optional(),
});

export type PostgresConnection = z.infer<typeof postgresConnectionSchema>;
export type FilesConnection = z.infer<typeof filesConnectionSchema>;
export type Connection = z.infer<typeof connectionSchema>;
export type TemporalConfig = z.infer<typeof temporalSchema>;
export type EncryptionConfig = z.infer<typeof encryptionSchema>;
export type VaultConfig = z.infer<typeof vaultSchema>;
export type StoreConfig = z.infer<typeof storeSchema>;
export type Config = z.infer<typeof configSchema>;
