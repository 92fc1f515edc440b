import { sql, type Selectable } from 'kysely';
import type { StoreDb } from '../database';
import type { IdentityTables } from './tables';

export interface TokenRow {
  id: string;
  user: string;
  /** Of the user, as they are now. */
  roles: string[];
  scopes: string[];
  note: string | null;
  createdBy: string;
  createdAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  /** By the store's clock: whoever presents a token does not choose the time. */
  expired: boolean;
}

/** Tokens of local users: their hashes, never themselves. */
export class Tokens {
  constructor(private readonly db: StoreDb) {}

  /** `expiresMs`: milliseconds from now, by the store's clock. */
  async create(token: {
    id: string;
    hash: string;
    user: string;
    scopes: readonly string[];
    note?: string;
    createdBy: string;
    expiresMs: number;
  }): Promise<void> {
    await this.db
      .insertInto('user_token')
      .values({
        id: token.id,
        hash: token.hash,
        user_name: token.user,
        scopes: [...token.scopes],
        note: token.note ?? null,
        created_by: token.createdBy,
        expires_at: sql<Date>`clock_timestamp() + ${token.expiresMs} * interval '1 millisecond'`,
      })
      .execute();
  }

  /** The token with this hash, noted as used now if it still stands. */
  async use(hash: string): Promise<TokenRow | undefined> {
    await this.db
      .updateTable('user_token')
      .set({ last_used_at: sql<Date>`clock_timestamp()` })
      .where('hash', '=', hash)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', sql<Date>`clock_timestamp()`)
      .execute();
    const row = await this.rows().where('user_token.hash', '=', hash).executeTakeFirst();
    return row && toRow(row);
  }

  async list(user?: string): Promise<TokenRow[]> {
    const all = this.rows().orderBy('user_token.created_at');
    const rows = await (user === undefined ? all : all.where('user_token.user_name', '=', user)).execute();
    return rows.map(toRow);
  }

  /** False when there is none of this id, or it was revoked before. */
  async revoke(id: string): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable('user_token')
      .set({ revoked_at: sql<Date>`clock_timestamp()` })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  private rows() {
    return this.db
      .selectFrom('user_token')
      .innerJoin('user_account', 'user_account.name', 'user_token.user_name')
      .selectAll('user_token')
      .select(['user_account.roles', sql<boolean>`expires_at <= clock_timestamp()`.as('expired')]);
  }
}

function toRow(
  row: Selectable<IdentityTables['user_token']> & { roles: string[]; expired: boolean },
): TokenRow {
  return {
    id: row.id,
    user: row.user_name,
    roles: row.roles,
    scopes: row.scopes,
    note: row.note,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    expired: row.expired,
  };
}
