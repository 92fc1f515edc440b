import { sql, type Selectable } from 'kysely';
import type { StandingGrant } from '../schemas/standing';
import type { StoreDb, StoreTables } from './database';

/** Standing approvals: who lets which goal repeat, in which bounds, until when. Never deleted. */
export class StandingGrants {
  constructor(private readonly db: StoreDb) {}

  /** Idempotent under its id. Returns the grant as it is on the record. */
  async grant(
    given: Omit<StandingGrant, 'structure' | 'grantedAt' | 'expiresAt' | 'revokedAt' | 'revokedBy'>,
    expiresMs: number,
  ): Promise<StandingGrant> {
    await this.db
      .insertInto('standing')
      .values({
        id: given.id,
        goal: given.goal,
        run_id: given.runId,
        digest: given.digest,
        granted_by: given.by,
        verified: given.verified,
        roles: given.roles,
        key: given.key,
        bounds: JSON.stringify(given.bounds),
        structure: null,
        expires_at: sql<Date>`clock_timestamp() + make_interval(secs => ${expiresMs / 1000}::float8)`,
        revoked_at: null,
        revoked_by: null,
      })
      .onConflict((c) => c.column('id').doNothing())
      .execute();
    return (await this.find([given.id]))[0]!;
  }

  async find(ids: readonly string[]): Promise<StandingGrant[]> {
    if (ids.length === 0) return [];
    return this.where((query) => query.where('id', 'in', [...ids]));
  }

  /** Of a run that is not active yet. */
  async pendingOf(runId: string): Promise<StandingGrant[]> {
    return this.where((query) => query.where('run_id', '=', runId).where('structure', 'is', null));
  }

  /** Newest first. */
  async list(filter: { goal?: string; active?: boolean } = {}): Promise<StandingGrant[]> {
    return this.where((query) => {
      let wanted = query.orderBy('granted_at', 'desc').limit(200);
      if (filter.goal !== undefined) wanted = wanted.where('goal', '=', filter.goal);
      if (filter.active === true)
        wanted = wanted
          .where('revoked_at', 'is', null)
          .where('expires_at', '>', sql<Date>`clock_timestamp()`);
      return wanted;
    });
  }

  async activate(id: string, structure: NonNullable<StandingGrant['structure']>): Promise<void> {
    await this.db
      .updateTable('standing')
      .set({ structure: JSON.stringify(structure) })
      .where('id', '=', id)
      .where('structure', 'is', null)
      .execute();
  }

  /** By its id (or the beginning of one), or all of a goal. Returns those that this call has revoked. */
  async revoke(idOrGoal: string, by: string): Promise<StandingGrant[]> {
    const rows = await this.db
      .updateTable('standing')
      .set({ revoked_at: sql<Date>`clock_timestamp()`, revoked_by: by })
      .where('revoked_at', 'is', null)
      .where((e) =>
        e.or([
          e('goal', '=', idOrGoal),
          ...(idOrGoal.length < 8 ? [] : [e('id', 'like', `${idOrGoal.replace(/[\\%_]/g, '\\$&')}%`)]),
        ]),
      )
      .returningAll()
      .execute();
    return rows.map(toGrant);
  }

  /** All that were granted with the approval of a run. */
  async revokeOf(runId: string, by: string): Promise<void> {
    await this.db
      .updateTable('standing')
      .set({ revoked_at: sql<Date>`clock_timestamp()`, revoked_by: by })
      .where('revoked_at', 'is', null)
      .where('run_id', '=', runId)
      .execute();
  }

  private async where(
    narrow: (query: ReturnType<StandingGrants['select']>) => ReturnType<StandingGrants['select']>,
  ): Promise<StandingGrant[]> {
    return (await narrow(this.select()).execute()).map(toGrant);
  }

  private select() {
    return this.db.selectFrom('standing').selectAll();
  }
}

function toGrant(row: Selectable<StoreTables['standing']>): StandingGrant {
  return {
    id: row.id,
    goal: row.goal,
    runId: row.run_id,
    digest: row.digest,
    by: row.granted_by,
    verified: row.verified,
    roles: row.roles,
    key: row.key,
    bounds: row.bounds,
    structure: row.structure,
    grantedAt: row.granted_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    ...(row.revoked_at ? { revokedAt: row.revoked_at.toISOString() } : {}),
    ...(row.revoked_by === null ? {} : { revokedBy: row.revoked_by }),
  };
}
