import { ApiError, type Refused } from './errors';

/** What goes wrong, by name. Those of `STATUS_FAULTS` replace the answer; the others are done to it. */
export const FAULTS = [
  '401',
  '402',
  '429',
  '429-bare',
  'spend-limit',
  '500',
  '529',
  'grammar-timeout',
  'cut',
  'cut-mid',
  'stream-error',
  'max_tokens',
  'refusal',
  'pause_turn',
  'invalid-json',
  'slow',
] as const;
export type FaultName = (typeof FAULTS)[number];

export interface Fault {
  name: FaultName;
  /** Seconds, of `429` (1) and, when given, `529`. */
  retryAfter?: number;
  /** Of `slow`: milliseconds until the first byte (2,000). */
  delayMs?: number;
  /** Of `cut-mid` and `stream-error`: how many events of the stream are sent (half of them). */
  afterEvents?: number;
}
export type FaultSpec = FaultName | Fault;

export function faultFrom(spec: FaultSpec): Fault {
  const fault = typeof spec === 'string' ? { name: spec } : spec;
  if (!(FAULTS as readonly string[]).includes(fault.name))
    throw new Error(`no fault is called ${fault.name}; there are ${FAULTS.join(', ')}`);
  return fault;
}

const RATE = 'This request would exceed your organization’s rate limit.';
const STATUS_FAULTS: Partial<Record<FaultName, Refused>> = {
  '401': { status: 401, type: 'authentication_error', message: 'invalid x-api-key' },
  '402': { status: 402, type: 'billing_error', message: 'Your credit balance is too low.' },
  '429': { status: 429, type: 'rate_limit_error', message: RATE },
  '429-bare': { status: 429, type: 'rate_limit_error', message: RATE },
  'spend-limit': {
    status: 429,
    type: 'rate_limit_error',
    message: 'You have reached your monthly API usage threshold.',
    code: 'enforced_spend_limit_reached',
  },
  '500': { status: 500, type: 'api_error', message: 'Internal server error' },
  '529': { status: 529, type: 'overloaded_error', message: 'Overloaded' },
  'grammar-timeout': {
    status: 400,
    type: 'invalid_request_error',
    message: 'Grammar compilation timed out.',
  },
};

/** The error that this fault answers with; `undefined` for one that needs an answer to spoil. */
export function errorOf(fault: Fault): ApiError | undefined {
  const refused = STATUS_FAULTS[fault.name];
  if (!refused) return undefined;
  const seconds = fault.retryAfter ?? (fault.name === '429' ? 1 : undefined);
  return new ApiError({
    ...refused,
    ...(seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } }),
  });
}

/** The error of a stream that breaks, and of a plain answer in its place. */
export const OVERLOADED: Refused = STATUS_FAULTS['529']!;
