import { allHandlersFinished, condition, setHandler, uuid4 } from '@temporalio/workflow';
import type { ErrorCode, Problem } from '../schemas/errors';
import { missingAt } from '../schemas/gate';
import type { RunRef, Sealed } from '../schemas/life';
import type { Counted, Decision, Gate, Voter } from '../schemas/run';
import type { Actor } from '../schemas/steering';
import { failureOf } from './failure';
import { approveSignal, decideUpdate, rejectSignal, type RawDecision } from './messages';
import { short } from './proxies';
import type { RunState } from './state';

/** As it arrives: whoever sends it may have left anything out. */
type UpdateInput = Omit<Decision, 'id' | 'via'> & Partial<Pick<Decision, 'id' | 'via'>>;

export type Verdict = 'approved' | 'rejected' | 'expired';

/**
 * The gate of a run: collects decisions until they suffice, one is a rejection, or the deadline passes. A decision
 * for another digest, by nobody, by the same person again, or too late changes nothing and goes on the record.
 */
export class DecisionGate {
  private sealed?: Sealed;
  private run?: RunRef;
  private verdict?: Verdict;
  /** The deadline has passed: what was under way then is still counted, nothing further. */
  private closed = false;
  private rejectedBy?: Actor & Pick<Decision, 'comment'>;
  /** Whose approvals count, by the one name each person has. */
  private readonly approvedBy = new Map<string, Voter>();
  private readonly deciding = new Set<string>();

  constructor(private readonly state: RunState) {
    setHandler(
      decideUpdate,
      (raw: UpdateInput) => this.decide({ ...raw, id: raw.id ?? uuid4(), via: viaOf(raw) }),
      {
        // Synchronous by contract, and pure: what it refuses leaves no trace in the history, so the client records it.
        validator: (raw: UpdateInput) => {
          const refusal = this.refusal({ ...raw, id: raw.id ?? '', via: viaOf(raw) });
          if (refusal) throw failureOf(refusal);
        },
      },
    );
    setHandler(approveSignal, (raw) => this.signalled('approve', raw));
    setHandler(rejectSignal, (raw) => this.signalled('reject', raw));
  }

  /** Waits for the verdict. `run` and `sealed` are what decisions are bound to. */
  async wait(run: RunRef, sealed: Sealed): Promise<Verdict> {
    this.run = run;
    this.sealed = sealed;
    this.state.needs = missingAt(sealed.gate, []);
    this.state.describe(sealed.gate);
    if (!(await this.inTime(run, sealed))) {
      // A decision that came in time is counted, though its way to the record takes it past the deadline.
      this.closed = true;
      await condition(() => this.deciding.size === 0);
      this.verdict ??= 'expired';
    }
    await condition(allHandlersFinished);
    delete this.state.needs;
    return this.verdict!;
  }

  /** Whether there is a verdict before the deadline; on the way whoever must decide is reminded. */
  private async inTime(run: RunRef, { digest, gate }: Sealed): Promise<boolean> {
    const { deadlineMs, remindMs = [] } = gate;
    const decided = (): boolean => this.verdict !== undefined;
    if (remindMs.length === 0) return condition(decided, deadlineMs);
    const end = Date.now() + deadlineMs;
    const instants = [...remindMs].sort((a, b) => b - a);
    for (const [index, before] of instants.entries()) {
      const ms = end - before - Date.now();
      // When nobody worked for a while, one reminder is enough for those that were missed.
      if (ms <= 0) continue;
      if (await condition(decided, ms)) return true;
      const reminder = {
        ...{ run, digest, nth: index + 1 },
        ...{ needs: this.state.needs ?? [], expiresAt: new Date(end).toISOString() },
      };
      // Whoever cannot be reminded may still decide.
      const told = short.remind
        .executeWithOptions({ summary: 'remind whoever must decide' }, [reminder])
        .catch(() => undefined);
      await Promise.race([told, condition(decided)]);
    }
    return decided() || condition(decided, Math.max(end - Date.now(), 1));
  }

  /** Who rejected, and why, for the run's error. */
  rejection(): Problem {
    const by = this.rejectedBy?.by ?? 'somebody';
    const why = this.rejectedBy?.comment ? `: ${this.rejectedBy.comment}` : '';
    const { undoes } = this.state;
    if (undoes !== undefined) {
      return {
        code: 'rejected',
        message: `The undo of run ${undoes} was rejected by ${by}${why}.`,
        state: 'Nothing was undone; the run stands as it was.',
        next: `Ask again if it is still wanted: sluice undo ${undoes}.`,
      };
    }
    return {
      code: 'rejected',
      message: `The proposal was rejected by ${by}${why}.`,
      state: 'Nothing was applied.',
      next: 'Change the goal and run it again.',
    };
  }

  /** Who rejected. */
  get rejector(): Actor | undefined {
    return this.rejectedBy;
  }

  private async decide(decision: Decision): Promise<ReturnType<RunState['document']>> {
    // Two decisions of one person can pass the validator before the first is on the record.
    const again = this.refusal(decision);
    if (again) {
      await this.putOnRecord(decision, again.code);
      throw failureOf(again);
    }
    this.deciding.add(decision.by);
    try {
      const answer = await short.decide.executeWithOptions(
        { summary: `${decision.verdict} by ${decision.by}`.slice(0, 200) },
        [{ run: this.run!, decision }],
      );
      const { counted, refused, voter } = answer;
      if (!counted) {
        const again = problem('decision_duplicate', `${decision.by} has decided on this proposal before.`);
        throw failureOf(refused ?? again);
      }
      const uncounted = this.uncounted(decision, voter);
      if (uncounted) {
        await this.putOnRecord({ ...decision, id: uuid4() }, uncounted.code);
        throw failureOf(uncounted);
      }
      if (this.verdict === undefined) this.count(decision, answer);
      return this.state.document();
    } finally {
      this.deciding.delete(decision.by);
    }
  }

  private count(decision: Decision, { voter, via }: Counted): void {
    const { gate } = this.sealed!;
    if (decision.verdict === 'reject') {
      this.rejectedBy = { by: voter.by, verified: voter.verified, comment: decision.comment };
      this.verdict = 'rejected';
      return;
    }
    this.approvedBy.set(voter.by, voter);
    this.state.approvedBy.push(voter.by);
    // One person stands for two only by saying so: by the names of what is lost, or by the flag for it.
    const named = gate.confirm.length > 0 && gate.confirm.every((name) => decision.confirm?.includes(name));
    const confirmed = gate.localOverride && via === 'cli' && (decision.allowDestructive === true || named);
    this.state.needs = missingAt(gate, [...this.approvedBy.values()]);
    if (confirmed || this.state.needs.length === 0) this.verdict = 'approved';
    else this.state.describe(gate);
  }

  /** What only whoever verified the decision knew: that it is by nobody in particular, or by somebody again. */
  private uncounted(decision: Decision, voter: Voter): Problem | undefined {
    if (this.verdict !== undefined) return undefined;
    const gate: Gate = this.sealed!.gate;
    if (gate.verified && !voter.verified) {
      return problem(
        'decision_unverified',
        `Who ${decision.by} is was not verified, and this gate counts nobody else.`,
      );
    }
    if (decision.verdict === 'approve' && this.approvedBy.has(voter.by)) {
      return problem('decision_duplicate', `${voter.by} has decided on this proposal before.`);
    }
    return undefined;
  }

  private async signalled(verdict: 'approve' | 'reject', raw: RawDecision | undefined): Promise<void> {
    const decision: Decision = {
      id: uuid4(),
      verdict,
      digest: typeof raw?.digest === 'string' ? raw.digest : '',
      by: typeof raw?.by === 'string' ? raw.by : '',
      via: 'signal',
      ...(typeof raw?.comment === 'string' ? { comment: raw.comment } : {}),
    };
    const refusal = this.refusal(decision);
    // A signal has nobody to answer to: what is refused goes on the record and into the log of events.
    if (refusal) await this.putOnRecord(decision, refusal.code);
    else await this.decide(decision).catch(() => undefined);
  }

  private async putOnRecord(decision: Decision, refused: ErrorCode): Promise<void> {
    if (!this.run) return;
    await short.decide.executeWithOptions({ summary: `refused: ${refused}` }, [
      { run: this.run, decision, refused },
    ]);
  }

  private refusal(decision: Decision): Problem | undefined {
    if (this.closed || this.verdict === 'expired')
      return problem('decision_late', 'The proposal has expired.');
    if (!this.sealed)
      return problem('decision_refused', `The run is ${this.state.status}: it has no proposal to decide on.`);
    if (this.verdict === 'approved' && this.state.opensAt !== undefined) {
      return problem(
        'decision_late',
        `The proposal has been approved and waits for its change window (${this.state.opensAt}).`,
      );
    }
    if (this.verdict !== undefined || this.state.status !== 'waiting') {
      return problem('decision_late', `The run is ${this.state.status}: the proposal has been decided on.`);
    }
    if (typeof decision.by !== 'string' || decision.by.trim() === '') {
      return problem('decision_unidentified', 'The decision does not say by whom it is.');
    }
    if (decision.verdict !== 'approve' && decision.verdict !== 'reject') {
      return problem('decision_refused', 'A decision is either "approve" or "reject".');
    }
    if (decision.digest !== this.sealed.digest) {
      return problem(
        'decision_stale',
        `The decision is for another proposal than the one that waits (${this.sealed.digest.slice(0, 12)}…).`,
      );
    }
    if (this.approvedBy.has(decision.by) || this.deciding.has(decision.by)) {
      return problem('decision_duplicate', `${decision.by} has decided on this proposal before.`);
    }
    return undefined;
  }
}

/** Whoever sends a raw update says anything of how it came; only a ticket, which is for these words, vouches for it. */
function viaOf({ ticket, via }: Partial<Decision>): Decision['via'] {
  return ticket === undefined ? 'update' : (via ?? 'update');
}

const NEXT: Partial<Record<ErrorCode, string>> = {
  decision_stale: 'Read the proposal again (sluice show RUN) and decide on its digest.',
  decision_unidentified: 'Say who decides: `by`.',
  decision_unverified: 'Sign in, and decide with the CLI.',
  decision_duplicate: 'A different person must decide.',
  decision_late: 'Run the goal again for a new proposal.',
  decision_refused: 'Wait until the run waits at its gate.',
};

function problem(code: ErrorCode, message: string): Problem {
  return { code, message, state: 'The decision was not counted.', next: NEXT[code] ?? '' };
}
