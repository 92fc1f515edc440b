import { sql } from 'kysely';
import type { ErrorCode, Problem } from '../schemas/errors';
import type { Actor, Steered, Steering, SteeringAction } from '../schemas/steering';
import { termsOf } from './decisions/terms';
import type { StoreDb } from './database';
import { faultOfTicket, lockTicket, type TicketRow, useTicket } from './identity/tickets';
import { RunRecord } from './record';

/** What was asked of a run, as it reaches the record. */
export interface Asking {
  runId: string;
  steering: Steering;
  /** Temporal's id of this execution of the workflow: after a reset it is another one. */
  execution: string;
  /** Only a verified identity is obeyed. */
  verifiedOnly: boolean;
  /** Set when the workflow has refused it already; it goes on the record all the same. */
  refused?: ErrorCode;
}

/** What people told runs under way: each on the record once, obeyed at most once. */
export class SteeringLog {
  constructor(private readonly db: StoreDb) {}

  /**
   * Puts it on the record, redeems its ticket, and says who asked and whether it is to be done. Idempotent within one
   * execution of the workflow; in another one (a reset delivers updates again) it is refused: `decision_replayed`.
   */
  put(asking: Asking): Promise<Steered> {
    const { runId, steering, execution, refused } = asking;
    return this.db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`steering:${steering.id}`}, 0))`.execute(tx);
      const terms = termsOf(runId, steering);
      const before = await tx
        .selectFrom('steering')
        .selectAll()
        .where('id', '=', steering.id)
        .executeTakeFirst();
      if (before) {
        const actor = { by: before.actor, verified: before.verified };
        if (before.execution !== execution || before.terms !== terms)
          return { actor: saidBy(steering), refused: problemOf('decision_replayed', steering) };
        return before.accepted
          ? { actor }
          : { actor, refused: problemOf(before.reason as ErrorCode, steering) };
      }
      const ticket = steering.ticket === undefined ? undefined : await lockTicket(tx, steering.ticket);
      const fault =
        steering.ticket === undefined ? undefined : faultOfTicket(ticket, { runId, terms, by: steering.by });
      const vouched = ticket !== undefined && fault === undefined;
      const actor: Actor = vouched ? { by: ticket.subject, verified: ticket.verified } : saidBy(steering);
      const problem = refused
        ? problemOf(refused, steering)
        : fault === 'used'
          ? problemOf('decision_replayed', steering)
          : fault !== undefined
            ? unverified(steering, `the ticket ${fault}`)
            : asking.verifiedOnly && !actor.verified
              ? unverified(steering)
              : undefined;
      await this.write(tx, asking, { terms, actor, problem, ticket: vouched ? ticket : undefined });
      if (vouched) await useTicket(tx, ticket.id, execution);
      return problem ? { actor, refused: problem } : { actor };
    });
  }

  private async write(
    tx: StoreDb,
    { runId, steering, execution }: Asking,
    row: { terms: string; actor: Actor; problem?: Problem; ticket?: TicketRow },
  ): Promise<void> {
    const { id, action } = steering;
    const { terms, actor, problem, ticket } = row;
    // Only a ticket vouches for how it came.
    const via = ticket || steering.via !== 'cli' ? steering.via : 'update';
    await tx
      .insertInto('steering')
      .values({
        ...{ id, run_id: runId, action, actor: actor.by, via, verified: actor.verified },
        ...{ method: ticket?.method ?? null, identity: ticket?.identity ?? null, execution, terms },
        ...{ accepted: problem === undefined, reason: problem?.code ?? null },
      })
      .execute();
    await new RunRecord(tx).event(runId, problem ? `${action}_refused` : ASKED[action], actor.by, {
      ...{ via, verified: actor.verified },
      ...(ticket ? { method: ticket.method } : {}),
      ...(problem ? { reason: problem.code } : {}),
    });
  }
}

/** What the audit log calls it when it was obeyed. */
const ASKED: Record<SteeringAction, string> = {
  pause: 'paused',
  resume: 'resumed',
  retry: 'retried',
  undo: 'undo_asked',
  cancel: 'cancelled',
};

const saidBy = ({ by }: Steering): Actor => ({ by, verified: false });

function unverified({ action, by }: Steering, why?: string): Problem {
  return {
    code: 'decision_unverified',
    message: `Only a verified identity may ${action} this run, and nobody vouches for "${by}"${why === undefined ? '' : `: ${why}`}.`,
    state: 'The run goes on as it was.',
    next: `Sign in (sluice login), then: sluice ${action} RUN.`,
  };
}

function problemOf(code: ErrorCode, steering: Steering): Problem {
  const { action, by } = steering;
  if (code === 'decision_unverified') return unverified(steering);
  const why =
    code === 'decision_replayed'
      ? `was used before; the workflow was reset since`
      : 'does not fit the run as it is now';
  return {
    code,
    message: `What ${by === '' ? 'nobody' : by} asked for (${action}) ${why}.`,
    state: 'The run goes on as it was.',
    next: 'Look at the run (sluice show RUN), and ask again if it is still wanted.',
  };
}
