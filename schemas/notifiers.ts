import { z } from 'zod';

/** What somebody can be told of a run. */
export const NOTICES = [
  'gate_opened',
  'gate_reminder',
  'gate_expiring',
  'expired',
  'rejected',
  'failed',
  'stale',
  'held',
  'needs_operator',
  'undo_failed',
  'recovered',
  'test',
] as const;
export type Notice = (typeof NOTICES)[number];

const secretRef = z
  .string()
  .regex(
    /^secret:\/\/[A-Za-z_][A-Za-z0-9_.-]{0,127}$/,
    'a reference like secret://name; a literal is refused',
  );
/** A name, or the beginning of one and `*`. */
const pattern = z.string().regex(/^[^*]+\*?$|^\*$/, 'a name, or the beginning of one and *');
/** `host` or `host:port`, as in a URL. */
const host = z.string().regex(/^(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?$/i, 'a host, or host:port');

const filters = {
  /** What it is told of; default: everything. `recovered` is the first success after a run that did not succeed. */
  events: z.array(z.enum(NOTICES).exclude(['test'])).optional(),
  goals: z.array(pattern).optional(),
  owners: z.array(pattern).optional(),
  environments: z.array(z.enum(['dev', 'staging', 'protected'])).optional(),
  /** Loopback and private addresses are refused unless this says so; link-local ones (metadata services) always are. */
  private: z.boolean().default(false),
};

export const notifierSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('log'), ...filters }),
  z.strictObject({
    kind: z.literal('webhook'),
    ...filters,
    url: z.url({ protocol: /^https?$/ }),
    /** Signs each message: https://www.standardwebhooks.com. */
    secret: secretRef,
  }),
  z.strictObject({
    kind: z.literal('slack'),
    ...filters,
    /** The incoming webhook's URL: whoever has it can post, so it is a secret. */
    url: secretRef,
    /** The only host that the URL may have. */
    host: host.default('hooks.slack.com'),
  }),
  z.strictObject({
    kind: z.literal('smtp'),
    ...filters,
    host: z.string().min(1),
    port: z.number().int().min(1).max(65535).optional(),
    /** `implicit`: TLS from the first byte (465); `starttls` (587) is required, not tried; `none`: only where private. */
    tls: z.enum(['implicit', 'starttls', 'none']).default('starttls'),
    user: z.string().min(1).optional(),
    password: secretRef.optional(),
    from: z.string().min(3),
    to: z.array(z.string().min(3)).min(1),
  }),
]);
export type Notifier = z.infer<typeof notifierSchema>;
