import type { ColumnType, Generated } from 'kysely';

/** Tables of who people are; see migrations/0002-identity.ts. */
export interface IdentityTables {
  user_account: { name: string; roles: string[]; added_by: string; added_at: Generated<Date> };
  user_oidc: {
    issuer: string;
    subject: string;
    name: string;
    linked: boolean;
    seen_at: Generated<Date>;
  };
  user_token: {
    id: string;
    hash: string;
    user_name: string;
    scopes: string[];
    note: string | null;
    created_by: string;
    created_at: Generated<Date>;
    expires_at: Date;
    revoked_at: Date | null;
    last_used_at: Date | null;
  };
  oidc_keys: {
    issuer: string;
    metadata: ColumnType<Record<string, unknown>, string, string>;
    keys: ColumnType<Record<string, unknown>, string, string>;
    fetched_at: Date;
  };
  decision_ticket: {
    id: string;
    run_id: string;
    digest: string;
    verdict: string;
    terms: string;
    subject: string;
    identity: string | null;
    token_id: string | null;
    verified: boolean;
    roles: string[];
    method: string;
    verified_at: Generated<Date>;
    expires_at: Date;
    used_by: string | null;
    used_at: Date | null;
  };
}
