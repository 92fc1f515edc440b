import { sql } from 'kysely';
import type { Voter } from '../../schemas/run';
import type { StoreDb } from '../database';

/** Somebody whose approval was counted, as they were then and as they are now. */
export interface Approver {
  /** The decision's id; a standing approval has the id of the decision that granted it. */
  decision: string;
  then: Voter;
  /** With the roles that they had then and still have. */
  now: Voter;
  /** Why they may not approve any more, in plain words; absent: they may. */
  lost?: string;
}

interface Row {
  id: string;
  decided_by: string;
  verified: boolean | null;
  roles: string[] | null;
  method: string | null;
  identity: string | null;
  token: string | null;
  revoked_at: Date | null;
  token_roles: string[] | null;
  oidc_name: string | null;
  taken: string[];
}

/**
 * Who approved a run's proposal, and whether what vouched for them still does: a token that was not revoked, of a user
 * who is there; an issuer's identity that is still known. A token that has merely expired since was good when it was
 * used. What an issuer's claims say now nobody can ask; roles that were taken from the user they are linked to are in
 * the audit log. A reset of the workflow keeps the decisions before it, so those of all its executions are looked at.
 */
export async function approversOf(
  db: StoreDb,
  of: { runId: string; digest: string } | { ids: readonly string[] },
): Promise<Approver[]> {
  if ('ids' in of && of.ids.length === 0) return [];
  const wanted =
    'ids' in of
      ? sql`d.id in (${sql.join([...of.ids])})`
      : sql`d.run_id = ${of.runId} and d.digest = ${of.digest} and d.accepted and d.verdict = 'approve'`;
  const { rows } = await sql<Row>`
    select d.id, d.decided_by, d.verified, d.roles, d.method, d.identity,
           t.id as token, t.revoked_at, owner.roles as token_roles, o.name as oidc_name,
           array(
             select before.role
               from audit a, jsonb_array_elements_text(a.data::jsonb -> 'before') as before (role)
              where o.linked and a.subject = 'user:' || o.name and a.action = 'user_roles'
                and a.at::timestamptz > d.decided_at
                and not (a.data::jsonb -> 'after') ? before.role
           ) as taken
      from decision d
      left join user_token t on d.method = 'token' and d.identity = 'token:' || t.id
      left join user_account owner on owner.name = t.user_name
      left join user_oidc o on d.method = 'oidc' and d.identity = 'oidc:' || o.issuer || '#' || o.subject
     where ${wanted}
     order by d.decided_at`.execute(db);
  return rows.map(toApprover);
}

function toApprover(row: Row): Approver {
  const { id, decided_by: by, identity, method } = row;
  const verified = row.verified ?? false;
  const had = row.roles ?? [];
  const then = { by, verified, roles: had };
  const same = { decision: id, then, now: then };
  if (identity === null) return same;
  if (method === 'token') {
    const roles = had.filter((role) => row.token_roles?.includes(role));
    const lost =
      row.token === null
        ? `${by} is no user any more, or the token that vouched for them is gone`
        : row.revoked_at === null
          ? undefined
          : `the token ${row.token} of ${by} was revoked`;
    return { ...same, now: { by, verified, roles }, ...(lost !== undefined && { lost }) };
  }
  if (method !== 'oidc') return same;
  if (row.oidc_name === null)
    return { ...same, lost: `${by} is no user any more: nobody has their identity` };
  const roles = had.filter((role) => !row.taken.includes(role));
  return { ...same, now: { by: row.oidc_name, verified, roles } };
}
