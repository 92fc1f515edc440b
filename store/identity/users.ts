import { sql } from 'kysely';
import type { StoreDb } from '../database';

/** An identity as its issuer knows it: `sub` is the one claim that never changes. */
export interface OidcIdentity {
  issuer: string;
  subject: string;
}

export interface UserRow {
  name: string;
  roles: string[];
  addedBy: string;
  addedAt: Date;
  oidc: OidcIdentity[];
}

/** Whose an identity is. */
export interface Known {
  name: string;
  /** Of the local user it is linked to; none for one that is only the issuer's. */
  roles: string[];
  linked: boolean;
}

/** Local users, and the identities of issuers that belong to them. */
export class Users {
  constructor(private readonly db: StoreDb) {}

  async list(): Promise<UserRow[]> {
    const [users, identities] = await Promise.all([
      this.db.selectFrom('user_account').selectAll().orderBy('name').execute(),
      this.db.selectFrom('user_oidc').selectAll().where('linked', '=', true).execute(),
    ]);
    return users.map(({ name, roles, added_by: addedBy, added_at: addedAt }) => ({
      name,
      roles,
      addedBy,
      addedAt,
      oidc: identities.filter((one) => one.name === name).map(({ issuer, subject }) => ({ issuer, subject })),
    }));
  }

  async get(name: string): Promise<UserRow | undefined> {
    return (await this.list()).find((user) => user.name === name);
  }

  /** `taken`: a user has that name, or an issuer's identity that is not to be theirs. */
  async add(user: {
    name: string;
    roles: readonly string[];
    addedBy: string;
    oidc: readonly OidcIdentity[];
  }): Promise<'added' | 'taken'> {
    const { name, roles, addedBy, oidc } = user;
    return this.exclusively(async (db) => {
      if (await isTaken(db, name, oidc)) return 'taken';
      await db
        .insertInto('user_account')
        .values({ name, roles: [...roles], added_by: addedBy })
        .execute();
      return 'added';
    });
  }

  /** Their tokens go with them, and the links to them. False when there is no such user. */
  async remove(name: string): Promise<boolean> {
    return this.exclusively(async (db) => {
      await db.deleteFrom('user_oidc').where('name', '=', name).where('linked', '=', true).execute();
      const gone = await db.deleteFrom('user_account').where('name', '=', name).executeTakeFirst();
      return gone.numDeletedRows > 0n;
    });
  }

  /** False when there is no such user. */
  async setRoles(name: string, roles: readonly string[]): Promise<boolean> {
    const changed = await this.db
      .updateTable('user_account')
      .set({ roles: [...roles] })
      .where('name', '=', name)
      .executeTakeFirst();
    return changed.numUpdatedRows > 0n;
  }

  /** From now on the identity is this user, under this name only. Answers whose it is if it is another user's. */
  async link(name: string, { issuer, subject }: OidcIdentity): Promise<string> {
    return this.exclusively(async (db) => {
      const before = await find(db, { issuer, subject });
      if (before?.linked) return before.name;
      await db
        .insertInto('user_oidc')
        .values({ issuer, subject, name, linked: true })
        .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doUpdateSet({ name, linked: true }))
        .execute();
      return name;
    });
  }

  /** False when it was not linked to this user. */
  async unlink(name: string, { issuer, subject }: OidcIdentity): Promise<boolean> {
    const gone = await this.db
      .deleteFrom('user_oidc')
      .where('issuer', '=', issuer)
      .where('subject', '=', subject)
      .where('name', '=', name)
      .where('linked', '=', true)
      .executeTakeFirst();
    return gone.numDeletedRows > 0n;
  }

  /**
   * Whose an identity is. One that was never seen gets `proposed` as its name for good: what its claims say later
   * does not make it somebody else. `undefined`: the name is somebody else's.
   */
  async seen(identity: OidcIdentity, proposed: string): Promise<Known | undefined> {
    return (
      (await find(this.db, identity)) ??
      this.exclusively(async (db) => {
        const other = await find(db, identity);
        if (other) return other;
        if (await isTaken(db, proposed)) return undefined;
        await db
          .insertInto('user_oidc')
          .values({ ...identity, name: proposed, linked: false })
          .execute();
        return { name: proposed, roles: [], linked: false };
      })
    );
  }

  /** Names are given one at a time: two people must not both find a name free. */
  private exclusively<T>(work: (db: StoreDb) => Promise<T>): Promise<T> {
    return this.db.transaction().execute(async (tx) => {
      await sql`lock table user_oidc in share row exclusive mode`.execute(tx);
      return work(tx);
    });
  }
}

async function isTaken(db: StoreDb, name: string, theirs: readonly OidcIdentity[] = []): Promise<boolean> {
  const user = await db.selectFrom('user_account').select('name').where('name', '=', name).executeTakeFirst();
  if (user) return true;
  const identities = await db
    .selectFrom('user_oidc')
    .select(['issuer', 'subject'])
    .where('name', '=', name)
    .execute();
  return identities.some(
    ({ issuer, subject }) => !theirs.some((one) => one.issuer === issuer && one.subject === subject),
  );
}

async function find(db: StoreDb, { issuer, subject }: OidcIdentity): Promise<Known | undefined> {
  const row = await db
    .selectFrom('user_oidc')
    .leftJoin('user_account', 'user_account.name', 'user_oidc.name')
    .select(['user_oidc.name', 'user_oidc.linked', 'user_account.roles'])
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst();
  return row && { name: row.name, linked: row.linked, roles: row.linked ? (row.roles ?? []) : [] };
}
