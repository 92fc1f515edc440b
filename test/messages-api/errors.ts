import type { ErrorType } from '@anthropic-ai/sdk/resources/shared';

export interface Refused {
  status: number;
  type: ErrorType | 'request_too_large';
  message: string;
  /** `error.details.error_code`. */
  code?: string;
  headers?: Record<string, string>;
}

/** An answer that is an error of the API: `{"type":"error", …}` with its status. */
export class ApiError extends Error {
  constructor(readonly refused: Refused) {
    super(refused.message);
    this.name = 'ApiError';
  }
}

/** 400 `invalid_request_error`, which is how nearly everything is refused. */
export function invalid(message: string): ApiError {
  return new ApiError({ status: 400, type: 'invalid_request_error', message });
}

/** The body of an error, as a response or as the data of `event: error`. */
export function errorBody(refused: Refused, requestId: string) {
  const details = refused.code === undefined ? {} : { details: { error_code: refused.code } };
  return {
    type: 'error',
    error: { type: refused.type, message: refused.message, ...details },
    request_id: requestId,
  };
}
