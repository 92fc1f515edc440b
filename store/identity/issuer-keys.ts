import type { StoreDb } from '../database';

/** What an issuer published, and when it was asked. */
export interface PublishedKeys {
  /** Its discovery document. */
  metadata: Record<string, unknown>;
  /** Its JWK set: public keys only. */
  keys: Record<string, unknown>;
  fetchedAt: Date;
}

/** Issuers' metadata and public keys as last fetched, shared by every process on this store. */
export class IssuerKeys {
  constructor(private readonly db: StoreDb) {}

  async get(issuer: string): Promise<PublishedKeys | undefined> {
    const row = await this.db
      .selectFrom('oidc_keys')
      .selectAll()
      .where('issuer', '=', issuer)
      .executeTakeFirst();
    return row && { metadata: row.metadata, keys: row.keys, fetchedAt: row.fetched_at };
  }

  async put(issuer: string, { metadata, keys, fetchedAt }: PublishedKeys): Promise<void> {
    const values = {
      metadata: JSON.stringify(metadata),
      keys: JSON.stringify(keys),
      fetched_at: fetchedAt,
    };
    await this.db
      .insertInto('oidc_keys')
      .values({ issuer, ...values })
      .onConflict((conflict) => conflict.column('issuer').doUpdateSet(values))
      .execute();
  }
}
