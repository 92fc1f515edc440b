/**
 * The one closed set of error codes. Every failure a person, a program or Temporal sees carries one of them.
 * A code is mapped here, and only here, to a process exit code and an HTTP status; `retryable` says whether
 * trying the same thing again may help (it becomes Temporal's nonRetryable flag).
 *
 * Exit codes: 1 failed (and rolled back) · 2 bad input or usage · 3 waiting · 4 rejected or expired ·
 * 5 needs an operator · 6 a service cannot be reached.
 */
export const ERROR_CODES = {
  usage: { exit: 2, http: 400, retryable: false },
  invalid_goal: { exit: 2, http: 422, retryable: false },
  invalid_config: { exit: 2, http: 422, retryable: false },
  literal_secret: { exit: 2, http: 422, retryable: false },
  payload_unreadable: { exit: 1, http: 422, retryable: false },
  secret_missing: { exit: 2, http: 422, retryable: false },
  not_found: { exit: 2, http: 404, retryable: false },
  path_escapes_root: { exit: 2, http: 422, retryable: false },
  source_missing: { exit: 2, http: 422, retryable: false },
  source_invalid: { exit: 2, http: 422, retryable: false },
  quarantine_exceeded: { exit: 2, http: 422, retryable: false },
  /** The warehouse's server has a version that Sluice does not support. */
  warehouse_unsupported: { exit: 2, http: 422, retryable: false },
  target_mismatch: { exit: 2, http: 409, retryable: false },
  invalid_sql: { exit: 2, http: 422, retryable: false },
  statement_refused: { exit: 2, http: 422, retryable: false },
  rehearsal_failed: { exit: 1, http: 422, retryable: false },
  check_failed: { exit: 1, http: 422, retryable: false },
  proposal_stale: { exit: 1, http: 409, retryable: false },
  source_gone: { exit: 1, http: 409, retryable: false },
  decision_stale: { exit: 2, http: 409, retryable: false },
  decision_unidentified: { exit: 2, http: 401, retryable: false },
  decision_duplicate: { exit: 2, http: 409, retryable: false },
  decision_late: { exit: 4, http: 410, retryable: false },
  decision_unconfirmed: { exit: 2, http: 422, retryable: false },
  decision_refused: { exit: 2, http: 409, retryable: false },
  decision_unverified: { exit: 2, http: 401, retryable: false },
  decision_replayed: { exit: 2, http: 409, retryable: false },
  token_invalid: { exit: 2, http: 401, retryable: false },
  token_expired: { exit: 2, http: 401, retryable: false },
  token_scope: { exit: 2, http: 403, retryable: false },
  identity_conflict: { exit: 2, http: 409, retryable: false },
  issuer_unreachable: { exit: 6, http: 503, retryable: true },
  policy_denied: { exit: 4, http: 403, retryable: false },
  policy_invalid: { exit: 2, http: 422, retryable: false },
  policy_unavailable: { exit: 6, http: 503, retryable: true },
  rejected: { exit: 4, http: 409, retryable: false },
  expired: { exit: 4, http: 410, retryable: false },
  undo_refused: { exit: 1, http: 409, retryable: false },
  needs_operator: { exit: 5, http: 500, retryable: false },
  audit_broken: { exit: 5, http: 409, retryable: false },
  cancelled: { exit: 1, http: 409, retryable: false },
  permission_denied: { exit: 1, http: 403, retryable: false },
  authentication_failed: { exit: 6, http: 502, retryable: false },
  service_unreachable: { exit: 6, http: 503, retryable: true },
  worker_outdated: { exit: 6, http: 503, retryable: true },
  port_in_use: { exit: 6, http: 503, retryable: false },
  /** No API key for the model is configured: `ask` needs one, nothing else does. */
  llm_key_missing: { exit: 2, http: 422, retryable: false },
  llm_model_unknown: { exit: 2, http: 422, retryable: false },
  /** The model's service refused the request itself (a permanent 4xx). */
  llm_request_refused: { exit: 1, http: 502, retryable: false },
  /** It limits how often one may call (429), or is overloaded (529): it passes. */
  llm_limited: { exit: 6, http: 503, retryable: true },
  /** The account's own limit of what may be spent, or its payment: waiting does not help. */
  llm_spend_limit: { exit: 6, http: 402, retryable: false },
  /** A budget of tokens, seconds or money is used up. */
  budget_exceeded: { exit: 3, http: 402, retryable: false },
  /** A question has to be answered by a person first. */
  question_open: { exit: 3, http: 409, retryable: false },
  /** No document came of it that passes what every document has to pass. */
  ask_failed: { exit: 1, http: 422, retryable: false },
  /** What was asked for is impossible or forbidden, or the model declined. */
  ask_declined: { exit: 1, http: 422, retryable: false },
  disk_full: { exit: 1, http: 507, retryable: false },
  lock_timeout: { exit: 1, http: 423, retryable: true },
  statement_timeout: { exit: 1, http: 504, retryable: false },
  database_error: { exit: 1, http: 500, retryable: false },
  transient: { exit: 1, http: 503, retryable: true },
  internal: { exit: 1, http: 500, retryable: true },
} as const satisfies Record<string, { exit: number; http: number; retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** A failure as data: what travels through Temporal, `--json`, the store and the audit log. */
export interface Problem {
  code: ErrorCode;
  /** What was attempted and what was found, in one or two sentences, without row values or secrets. */
  message: string;
  /** What is true now, e.g. "nothing was changed". */
  state: string;
  /** What to do next. */
  next: string;
  /** The step's id, where a step is to blame. */
  step?: string;
  /** Where exactly: `file:line:column`, a path in the goal document, a relation. */
  place?: string;
  /** It has been tried for as long as makes sense: Temporal does not try it again by itself. */
  final?: true;
  /** Every single fault, when there are several. */
  faults?: Fault[];
}

export interface Fault {
  /** Path in the document (`steps[0].ingest.key`) or place in a file (`flights.csv:12:3`). */
  path: string;
  message: string;
  /** `file:line:column` of a path in a document, where the document's text is at hand. */
  place?: string;
}

/** The only error class Sluice throws on purpose. Anything else that is caught is `internal`. */
export class SluiceError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(problem.message, options);
    this.name = 'SluiceError';
    this.problem = problem;
  }
  get code(): ErrorCode {
    return this.problem.code;
  }
}

/** Shorthand: `throw fail('source_invalid', 'what was found', { next: '…' })`. `state` defaults to "Nothing was changed." */
export function fail(
  code: ErrorCode,
  message: string,
  more: { next: string; state?: string; step?: string; place?: string; faults?: Fault[]; cause?: unknown },
): SluiceError {
  const { cause, state = 'Nothing was changed.', ...rest } = more;
  return new SluiceError({ code, message, state, ...rest }, cause === undefined ? undefined : { cause });
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);
}
