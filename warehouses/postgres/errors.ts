import { DatabaseError } from 'pg';
import type { ErrorCode } from '../../schemas/errors';
import { fail, SluiceError } from '../../schemas/errors';
import { withoutValues } from './redact';
import { isHidden } from './row-security';

/** Who was talking to what: appears in messages. Never a password. */
export interface ErrorContext {
  host: string;
  port: number;
  database: string;
  user: string;
}

interface Meaning {
  code: ErrorCode;
  next: string;
}

const SQLSTATES: Record<string, Meaning> = {
  '28P01': { code: 'authentication_failed', next: 'Check the password that the connection refers to.' },
  '28000': { code: 'authentication_failed', next: 'Check the role and the server’s pg_hba.conf.' },
  '3D000': { code: 'not_found', next: 'Check the database name of the connection, or make the database.' },
  '53100': { code: 'disk_full', next: 'Free disk space on the database server, then try again.' },
  '53200': { code: 'transient', next: 'The server is out of memory; try again when it is less busy.' },
  '53300': {
    code: 'transient',
    next: 'The server has no connection left; try again, or raise max_connections.',
  },
  '55P03': {
    code: 'lock_timeout',
    next: 'Another session holds a lock on it; try again when that one is done.',
  },
  '42501': {
    code: 'permission_denied',
    next: 'Grant the role what it needs, or name another role in the connection.',
  },
  '25006': { code: 'permission_denied', next: 'This phase may only read; writing belongs into apply.' },
  '40001': { code: 'transient', next: 'Try again.' },
  '40P01': { code: 'transient', next: 'Try again.' },
  '25P03': { code: 'transient', next: 'Try again.' },
  '57P01': { code: 'transient', next: 'The session was ended by the server or a newer attempt; try again.' },
  '57P02': { code: 'transient', next: 'The server restarts; try again.' },
  '57P03': { code: 'service_unreachable', next: 'The server is starting or stopping; try again.' },
};

const HIDDEN: Meaning = {
  code: 'permission_denied',
  next: 'Let the role read every row: as a superuser, alter role … bypassrls. No policy is enough for that.',
};

const UNREACHABLE = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EHOSTDOWN',
];
const NETWORK_CODES = new Set(UNREACHABLE);
const LOST_CODES = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
]);
/** The driver’s own errors have no code; these are all it throws when a connection ends or cannot be made. */
const LOST_TEXT =
  /Connection terminated|Client has encountered a connection error|Client was closed|not queryable/;
const UNREACHABLE_TEXT = /timeout expired|timeout exceeded when trying to connect|connection timeout/;

/** True when the connection itself is gone: what was under way has an unknown end. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof DatabaseError) return /^(57P0[123]|08)/.test(error.code ?? '');
  const { code, message } = error as NodeJS.ErrnoException;
  return LOST_CODES.has(code ?? '') || LOST_TEXT.test(message ?? '');
}

/**
 * Any error of the driver, the network or the server as one of Sluice's closed set; a SluiceError is passed on.
 * Messages hold no row values: PostgreSQL quotes them in some of its own, which are cut (see `redact.ts`).
 */
export function toSluiceError(error: unknown, context: ErrorContext, aborted = false): SluiceError {
  if (error instanceof SluiceError) return error;
  const place = `database "${context.database}" at ${context.host}:${context.port}`;
  if (aborted) return cancelled(place, error);
  if (error instanceof DatabaseError) return fromServer(error, context, place);
  const { code = '', message = String(error) } = (error ?? {}) as NodeJS.ErrnoException;
  if (NETWORK_CODES.has(code) || UNREACHABLE_TEXT.test(message)) {
    return fail('service_unreachable', `PostgreSQL does not answer: ${place} (${code || 'timeout'}).`, {
      next: 'Start the server (`sluice up` for the local one) or check host and port of the connection.',
      cause: error,
    });
  }
  if (isConnectionLost(error)) {
    return fail('transient', `The connection to ${place} was lost.`, { next: 'Try again.', cause: error });
  }
  return unexpected(error, place);
}

/** An error of connecting: whatever is not the server's own word means that no PostgreSQL could be talked to. */
export function toConnectError(error: unknown, context: ErrorContext): SluiceError {
  const known = toSluiceError(error, context);
  if (error instanceof DatabaseError || known.code === 'service_unreachable') return known;
  const place = `database "${context.database}" at ${context.host}:${context.port}`;
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  const encryption = /SSL|certificate|TLS/i.test(`${code} ${message}`);
  return fail(
    'service_unreachable',
    `No ${encryption ? 'encrypted ' : ''}connection to ${place} could be made${code && ` (${code})`}.`,
    {
      next: encryption
        ? 'Check the `ssl` setting of the connection and the server’s certificate.'
        : 'Check that it is a PostgreSQL that listens there.',
      cause: error,
    },
  );
}

/** Not from the database: a fault of a capability or of Sluice. Its text may hold anything, so it stays in `cause`. */
export function unexpected(error: unknown, place: string): SluiceError {
  if (error instanceof SluiceError) return error;
  return fail(
    'internal',
    `Work on ${place} failed unexpectedly (${error instanceof Error ? error.name : typeof error}).`,
    {
      next: 'Look at the log of the worker; this is a fault of Sluice or of the capability.',
      cause: error,
    },
  );
}

function fromServer(error: DatabaseError, context: ErrorContext, place: string): SluiceError {
  const state = error.code ?? '';
  if (state === '57014') {
    if (/statement timeout/.test(error.message)) {
      return fail('statement_timeout', `A statement on ${place} took longer than it may.`, {
        next: 'Make the statement cheaper (`explain` shows why it is slow) or raise the limit.',
        cause: error,
      });
    }
    return cancelled(place, error);
  }
  const text = withoutValues(error);
  const known = isHidden(error) ? HIDDEN : (SQLSTATES[state] ?? byClass(state));
  if (known.code === 'authentication_failed') {
    return fail(known.code, `Role "${context.user}" was not let into ${place} (${state}).`, {
      next: known.next,
      cause: error,
    });
  }
  return fail(known.code, `PostgreSQL refused: ${text} (${state}, ${place}).`, {
    next: known.next,
    place: [error.schema, error.table, error.column].filter(Boolean).join('.') || undefined,
    cause: error,
  });
}

function byClass(state: string): Meaning {
  if (state.startsWith('42') || state.startsWith('0A') || state.startsWith('2B')) {
    return { code: 'invalid_sql', next: 'Correct the statement.' };
  }
  if (state.startsWith('08')) return { code: 'transient', next: 'Try again.' };
  if (state.startsWith('53'))
    return { code: 'transient', next: 'The server is short of a resource; try again later.' };
  return { code: 'database_error', next: 'Correct the statement or the data, then try again.' };
}

function cancelled(place: string, cause: unknown): SluiceError {
  return fail('cancelled', `Work on ${place} was cancelled.`, {
    next: 'Start it again when it is wanted.',
    state: 'The transaction was rolled back; nothing was changed.',
    cause,
  });
}
