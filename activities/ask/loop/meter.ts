import type { LlmConfig } from '../../../schemas/llm';
import type { Booking, NewCall } from '../../../store/asks/calls';

/** What is measured of one attempt of a call: names of configuration, and numbers. Nothing that anybody wrote. */
export interface MeteredCall extends Pick<NewCall, 'model' | 'role' | 'purpose'> {
  /** `ok`, `cached`, `cancelled`, or an error code. */
  outcome: string;
  /** As the ledger has it; absent: the service was not called. */
  booked?: Booking;
  /** What all asks of a day may use, in the configuration of this call. */
  day: LlmConfig['budgets']['day'];
}

/** Is told of every attempt; must not throw. */
export type Meter = (call: MeteredCall) => void;
