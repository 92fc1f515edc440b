import { randomUUID } from 'node:crypto';
import type { ErrorCode, Problem } from '../../schemas/errors';
import type { Counted, Decision, Voter } from '../../schemas/run';
import type { StoreDb } from '../database';
import { faultOfTicket, lockTicket, type TicketRow, useTicket } from '../identity/tickets';
import { RunRecord } from '../record';
import { type Approver, approversOf } from './approvers';
import { refusal } from './refusal';
import { termsOf } from './terms';

/** A decision as it reaches the record. */
export interface Ballot {
  runId: string;
  decision: Decision;
  /** Temporal's id of this execution of the workflow: after a reset it is another one. */
  execution: string;
  /** Only a verified identity counts. */
  verifiedOnly: boolean;
  /** Set when the workflow has refused it already; it goes on the record all the same. */
  refused?: ErrorCode;
}

/** What is known of who decides. */
type Known = Voter & { method: string | null; identity: string | null; via: Decision['via'] };

/** Decisions of runs: each on the record once, counted at most once. */
export class Decisions {
  constructor(private readonly db: StoreDb) {}

  /**
   * Puts a decision on the record, redeems its ticket, and says whether it counts. Idempotent within one execution of
   * the workflow: a retry of the activity gets the first answer. In another execution (a reset applies updates and
   * signals again) the same decision does not count: `decision_replayed`.
   */
  put(ballot: Ballot): Promise<Counted> {
    const { runId, decision, execution, refused } = ballot;
    return this.db.transaction().execute(async (tx) => {
      // One decision of a run at a time: what two of them find must not be the same.
      await tx.selectFrom('run').select('run_id').where('run_id', '=', runId).forUpdate().execute();
      const terms = termsOf(runId, decision);
      const before = await tx
        .selectFrom('decision')
        .selectAll()
        .where('id', '=', decision.id)
        .executeTakeFirst();
      if (before) {
        const voter = {
          by: before.decided_by,
          verified: before.verified ?? false,
          roles: before.roles ?? [],
        };
        if (before.execution === execution && before.terms === terms) {
          if (before.accepted) return { counted: true, voter, via: before.via };
          return { counted: false, voter, refused: asProblem(before.reason as ErrorCode, decision) };
        }
        const problem = asProblem('decision_replayed', decision);
        const id = `${decision.id}@${execution}:${terms.slice(0, 12)}`;
        await write(tx, ballot, { id, terms, known: anybody(decision), problem });
        return { counted: false, voter: unverified(decision), refused: problem };
      }
      const ticket = decision.ticket === undefined ? undefined : await lockTicket(tx, decision.ticket);
      const { known, problem } = refused
        ? { known: knownBy(ticket, { runId, terms, decision }), problem: asProblem(refused, decision) }
        : await this.judge(tx, ballot, ticket, terms);
      await write(tx, ballot, { id: decision.id, terms, known, problem });
      if (ticket && !ticket.used_by) await useTicket(tx, ticket.id, execution);
      const { by, verified, roles, via } = known;
      const voter = { by, verified, roles };
      return problem ? { counted: false, voter, refused: problem } : { counted: true, voter, via };
    });
  }

  /**
   * What the workflow refused without a trace in its history (a validator leaves none) is put on the record by the
   * client that was refused. True when it was not there yet.
   */
  putRefused(runId: string, decision: Decision, refused: ErrorCode): Promise<void> {
    return this.db.transaction().execute(async (tx) => {
      const problem = asProblem(refused, decision);
      const ballot = { runId, decision, execution: null };
      const there = await tx
        .selectFrom('decision')
        .select('id')
        .where('id', '=', decision.id)
        .executeTakeFirst();
      if (!there) {
        const terms = termsOf(runId, decision);
        const ticket = decision.ticket === undefined ? undefined : await lockTicket(tx, decision.ticket);
        const known = knownBy(ticket, { runId, terms, decision });
        await write(tx, ballot, { id: decision.id, terms, known, problem });
      }
    });
  }

  /** Those whose approvals of a proposal were counted, or who gave standing approvals, as they are now. */
  approvers(of: { runId: string; digest: string } | { ids: readonly string[] }): Promise<Approver[]> {
    return approversOf(this.db, of);
  }

  private async judge(
    tx: StoreDb,
    { runId, decision, execution, verifiedOnly }: Ballot,
    ticket: TicketRow | undefined,
    terms: string,
  ): Promise<{ known: Known; problem?: Problem }> {
    const fault = faultOf(decision, ticket, { runId, terms });
    if (fault) return { known: anybody(decision), problem: fault };
    const known = ticket ? holderOf(ticket, decision) : anybody(decision);
    if (verifiedOnly && !known.verified) {
      return { known, problem: asProblem('decision_unverified', decision) };
    }
    const counted = await tx
      .selectFrom('decision')
      .select('execution')
      .where('run_id', '=', runId)
      .where('digest', '=', decision.digest)
      .where('accepted', '=', true)
      .where((e) =>
        e.or([
          e('decided_by', '=', known.by),
          // Linked to another name meanwhile, it is the same person still.
          ...(known.identity === null ? [] : [e('identity', '=', known.identity)]),
        ]),
      )
      .execute();
    if (counted.some((one) => one.execution === execution))
      return { known, problem: asProblem('decision_duplicate', decision) };
    // Without a ticket nothing tells a new signal from one that a reset applies again.
    if (counted.length > 0 && !ticket) return { known, problem: asProblem('decision_replayed', decision) };
    return { known };
  }
}

/** Whom a good ticket vouches for; without one, whoever the decision says it is by, which nobody vouches for. */
function knownBy(
  ticket: TicketRow | undefined,
  { runId, terms, decision }: { runId: string; terms: string; decision: Decision },
): Known {
  const good = ticket !== undefined && faultOf(decision, ticket, { runId, terms }) === undefined;
  return good ? holderOf(ticket, decision) : anybody(decision);
}

/** A ticket is for these very words, so it vouches for how they came as well. */
function holderOf({ subject, verified, roles, method, identity }: TicketRow, { via }: Decision): Known {
  return { by: subject, verified, roles, method, identity, via };
}

/** What is wrong with the ticket a decision names; `undefined` when nothing is, or it names none. */
function faultOf(
  decision: Decision,
  ticket: TicketRow | undefined,
  { runId, terms }: { runId: string; terms: string },
): Problem | undefined {
  if (decision.ticket === undefined) return undefined;
  const fault = faultOfTicket(ticket, { runId, terms, by: decision.by });
  if (fault === undefined) return undefined;
  if (fault === 'used') return asProblem('decision_replayed', decision);
  return refusal('decision_unverified', `Who decided could not be verified: the decision’s ticket ${fault}.`);
}

function asProblem(code: ErrorCode, { by }: Decision): Problem {
  switch (code) {
    case 'decision_unverified':
      return refusal(code, `Only a verified identity counts here, and nobody vouches for "${by}".`);
    case 'decision_replayed':
      return refusal(code, `This decision of ${by} was used before; the workflow was reset since.`);
    case 'decision_duplicate':
      return refusal(code, `${by} has decided on this proposal before.`);
    default:
      return refusal(code, `The decision of ${by === '' ? 'nobody' : by} was refused.`);
  }
}

const unverified = ({ by }: Decision): Voter => ({ by, verified: false, roles: [] });

/** Without a ticket: whoever sent it says by whom it is, and how it came; only a client of ours has tickets. */
const anybody = (decision: Decision): Known => ({
  ...unverified(decision),
  ...{ method: null, identity: null, via: decision.via === 'signal' ? 'signal' : 'update' },
});

async function write(
  tx: StoreDb,
  { runId, decision, execution }: { runId: string; decision: Decision; execution: string | null },
  row: { id: string; terms: string; known: Known; problem: Problem | undefined },
): Promise<void> {
  const { id, terms, known, problem } = row;
  const { digest, verdict, comment } = decision;
  const { via } = known;
  const written = await tx
    .insertInto('decision')
    .values({
      id: id === '' ? randomUUID() : id,
      run_id: runId,
      digest,
      verdict,
      decided_by: known.by,
      via,
      comment: comment ?? null,
      accepted: problem === undefined,
      reason: problem?.code ?? null,
      execution,
      terms,
      ticket: decision.ticket ?? null,
      verified: known.verified,
      roles: known.roles,
      method: known.method,
      identity: known.identity,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  // A retry finds it there, and the event with it.
  if ((written.numInsertedOrUpdatedRows ?? 0n) === 0n) return;
  await new RunRecord(tx).event(runId, problem ? 'decision_refused' : 'decided', known.by, {
    verdict,
    digest,
    via,
    verified: known.verified,
    ...(known.method === null ? {} : { method: known.method }),
    ...(problem ? { reason: problem.code } : {}),
    ...(comment === undefined ? {} : { comment }),
  });
}
