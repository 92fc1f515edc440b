import { z } from 'zod';
import { durationSchema } from './goal';

const loopback = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/|$)/;

/** An OpenID Connect issuer whose identities may sign in. */
export const oidcSchema = z.strictObject({
  /** As in its tokens, to the letter. */
  issuer: z
    .url()
    .refine((url) => url.startsWith('https://') || loopback.test(url), 'https (http only for this machine)'),
  audience: z.string().min(1),
  /** For `sluice login --oidc`: a public client that may use the device authorization grant. */
  clientId: z.string().min(1).optional(),
  /** The claim that becomes a person's name, when they are first seen and not linked to a user. */
  userClaim: z.string().min(1).default('email'),
  /** The claim that lists roles; a path with dots where it is nested. */
  rolesClaim: z.string().min(1).optional(),
  /** Its values, as roles of Sluice. Values that are not named here give no role. */
  roleMap: z.record(z.string(), z.string()).default({}),
});

export const identitySchema = z.strictObject({
  oidc: z.array(oidcSchema).default([]),
  /** How much the clocks of an issuer and of this machine may differ. */
  clockSkew: durationSchema.default('60s'),
  /** How long keys that were fetched verify while their issuer is down. */
  keysMaxAge: durationSchema.default('1d'),
});

export type OidcIssuer = z.infer<typeof oidcSchema>;
export type IdentityConfig = z.infer<typeof identitySchema>;
