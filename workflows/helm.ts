import {
  CancellationScope,
  CancelledFailure,
  condition,
  setHandler,
  uuid4,
  type SignalDefinition,
} from '@temporalio/workflow';
import type { Problem } from '../schemas/errors';
import type { RunRef } from '../schemas/life';
import type { RunDocument } from '../schemas/run';
import { type Actor, STEERING_ACTIONS, type Steering, type SteeringAction } from '../schemas/steering';
import { failureOf } from './failure';
import {
  cancelSignal,
  pauseSignal,
  type RawSteering,
  resumeSignal,
  retrySignal,
  steerUpdate,
  undoSignal,
} from './messages';
import { short } from './proxies';
import type { RunState } from './state';

/** Whoever has Temporal's own tools; nobody vouches for them. */
export const TEMPORAL: Actor = { by: 'temporal', verified: false };

const SIGNALS: readonly (readonly [SteeringAction, SignalDefinition<[RawSteering?]>])[] = [
  ['pause', pauseSignal],
  ['resume', resumeSignal],
  ['retry', retrySignal],
  ['undo', undoSignal],
  ['cancel', cancelSignal],
];

/**
 * Where a run is steered from: pause, resume, retry, undo, cancel, by whom, each on the record before it is obeyed. A
 * cancellation that Temporal requests stops the run as well; where the run is guarded and has changed something, it is
 * held instead: nobody who was not verified has anything taken back.
 */
export class Helm {
  /** Who had the run stopped. */
  stoppedBy?: Actor;
  /** Temporal requested the cancellation: its own status of the run is to be Canceled. */
  cancelledFromOutside = false;
  private answer?: 'retry' | 'undo';
  private run?: RunRef;
  private guarded = false;
  private over = false;
  private hasChanged: () => boolean = () => false;
  private readonly scopes: CancellationScope[] = [];

  constructor(
    private readonly state: RunState,
    private readonly actions: readonly SteeringAction[] = STEERING_ACTIONS,
  ) {
    setHandler(steerUpdate, (raw: RawSteering) => this.steer(raw, 'update'), {
      description: 'Pause, resume, retry, undo or cancel the run.',
      validator: (raw: RawSteering) => {
        const fault = this.fault(raw);
        if (fault) throw failureOf(fault);
      },
    });
    for (const [action, signal] of SIGNALS) {
      // A signal has nobody to answer to: what is refused is on the record.
      setHandler(signal, (raw?: RawSteering) => this.steer({ ...raw, action }, 'signal').then(done, done));
    }
    CancellationScope.current().cancelRequested.catch(() => this.requestedByTemporal());
  }

  /** From here on it can be steered. `hasChanged`: whether anything may have been committed. */
  ready(run: RunRef, guarded: boolean, hasChanged: () => boolean): void {
    Object.assign(this, { run, guarded, hasChanged });
    if (this.cancelledFromOutside) this.requestedByTemporal();
  }

  /** What can be stopped. Throws a CancelledFailure when it is. */
  async underWay<T>(work: () => Promise<T>): Promise<T> {
    if (this.stoppedBy) throw new CancelledFailure('the run was stopped');
    const scope = new CancellationScope();
    this.scopes.push(scope);
    try {
      return await scope.run(work);
    } finally {
      this.scopes.splice(this.scopes.indexOf(scope), 1);
    }
  }

  /** Waits, held, until somebody says whether it is tried again or taken back. */
  async answered(): Promise<'retry' | 'undo'> {
    delete this.answer;
    await condition(() => this.answer !== undefined);
    return this.answer!;
  }

  /** Temporal requested a cancellation, and nobody who may says that anything is to be taken back. */
  get heldBack(): boolean {
    return this.cancelledFromOutside && this.stoppedBy === undefined;
  }

  /** It comes to its end: nothing is obeyed any more. */
  ended(): void {
    this.over = true;
  }

  private async steer(raw: RawSteering, via: 'update' | 'signal'): Promise<RunDocument> {
    const fault = this.fault(raw);
    if (fault) throw failureOf(fault);
    const { id = uuid4(), action, by = '', ticket } = raw;
    const steering: Steering = {
      ...{ id, action: action!, by },
      // Only a ticket can vouch for how it came.
      ...(ticket === undefined ? { via } : { via: raw.via ?? via, ticket }),
    };
    // What is asked before the run is admitted is obeyed once it is.
    await CancellationScope.nonCancellable(() => condition(() => this.run !== undefined || this.over));
    const { run } = this;
    if (!run) return this.state.document();
    const misfit = this.misfit(steering.action);
    const { actor, refused } = await CancellationScope.nonCancellable(() =>
      short.steer.executeWithOptions({ summary: `${steering.action} by ${by}`.slice(0, 200) }, [
        { run, steering, ...(misfit ? { refused: misfit.code } : {}) },
      ]),
    );
    const why = misfit ?? refused ?? this.misfit(steering.action);
    if (why) throw failureOf(why);
    this.obey(steering.action, actor);
    return this.state.document();
  }

  private obey(action: SteeringAction, actor: Actor): void {
    switch (action) {
      case 'pause':
      case 'resume':
        return this.state.setPaused(action === 'pause');
      case 'retry':
        this.answer = 'retry';
        return;
      case 'undo':
      case 'cancel':
        this.stoppedBy = actor;
        this.answer = 'undo';
        if (this.state.status !== 'held') this.stop();
    }
  }

  private requestedByTemporal(): void {
    this.cancelledFromOutside = true;
    if (!this.run || this.over) return;
    if (this.guarded && this.hasChanged()) {
      // What runs is stopped; what has been committed waits for somebody who may say what becomes of it.
      if (this.state.status !== 'held') this.stop();
      return;
    }
    this.stoppedBy ??= TEMPORAL;
    this.stop();
  }

  private stop(): void {
    this.scopes.at(-1)?.cancel();
  }

  private fault(raw: RawSteering | undefined): Problem | undefined {
    if (!this.actions.includes(raw?.action as SteeringAction))
      return unobeyed('decision_refused', `It can be told to ${this.actions.join(', ')}, and nothing else.`);
    if (raw?.by !== undefined && typeof raw.by !== 'string')
      return unobeyed('decision_unidentified', 'Who asks for it is said in `by`, a text.');
    return undefined;
  }

  private misfit(action: SteeringAction): Problem | undefined {
    const { status } = this.state;
    if (this.over) return unobeyed('decision_late', `The run has come to its end (${status}).`);
    if (action === 'retry' && status !== 'held')
      return unobeyed('decision_refused', `The run is ${status}; only a held run can be retried.`);
    return undefined;
  }
}

const done = (): void => undefined;

function unobeyed(code: Problem['code'], message: string): Problem {
  return { code, message, state: 'The run goes on as it was.', next: 'Look at it: sluice show RUN.' };
}
