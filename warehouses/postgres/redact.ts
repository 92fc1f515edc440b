import type { DatabaseError } from 'pg';

/** Data exceptions: the class of SQLSTATE whose primary messages may quote what is in a row … */
const DATA_EXCEPTION = /^22/;
/** … except these, which name columns and files' shapes, never values. */
const NAMES_ONLY = new Set(['22P04', '22012', '22001', '22004', '2200H']);
/** The server's own functions behind RAISE and ASSERT: user code chose text and SQLSTATE, so both may be anything. */
const RAISED = new Set(['exec_stmt_raise', 'exec_stmt_assert']);

/**
 * The server's primary message without values of rows. Details (`Key (id)=(5) …`, `Failing row contains …`) and hints
 * are never used: they quote rows. Where the primary message itself quotes one, the quoted part goes.
 */
export function withoutValues(error: DatabaseError): string {
  const state = error.code ?? '';
  const message = error.message.replace(/\.$/, '');
  if (RAISED.has(error.routine ?? '')) return `a function raised an exception${raisedIn(error.where)}`;
  if (!DATA_EXCEPTION.test(state)) return message;
  const at = copyPlace(error.where);
  // Greedy on purpose: a value may itself hold quotes.
  return (NAMES_ONLY.has(state) ? message : message.replace(/"[\s\S]*"/, '…')) + at;
}

/** `COPY flights, line 3, column day: "x"` → ` in COPY flights, line 3, column day`. */
function copyPlace(where: string | undefined): string {
  const place = /^(COPY [^,\n]+, line \d+(?:, column [^:\n]+)?)/.exec(where ?? '')?.[1];
  return place ? ` in ${place}` : '';
}

function raisedIn(where: string | undefined): string {
  const place = /^PL\/pgSQL function .+ line \d+ at (RAISE|ASSERT)/.exec(where ?? '')?.[0];
  return place ? ` (${place})` : '';
}
