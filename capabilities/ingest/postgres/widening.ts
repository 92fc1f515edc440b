const NUMERIC = /^numeric(?:\((\d+),(-?\d+)\))?$/;
const SIZED = /^(character varying|character)(?:\((\d+)\))?$/;
const TIMES = /^(timestamp|time)(?:\((\d)\))?( with(?:out)? time zone)$/;
/** Digits that hold every value. */
const INTEGERS: Record<string, number> = { smallint: 5, integer: 10, bigint: 19 };

/**
 * Whether every value of type `from` is a value of type `to`, unchanged: nothing rounded, cut off or refused. Types as
 * PostgreSQL prints them. What is not known to be safe is not.
 */
export function widens(from: string, to: string): boolean {
  if (from === to || to === 'text' || to === 'character varying') return true;
  const integer = INTEGERS[from];
  const wider = INTEGERS[to];
  if (integer !== undefined && wider !== undefined) return wider >= integer;
  const numeric = NUMERIC.exec(to);
  if (numeric) return fitsNumeric(from, integer, numeric);
  if (from === 'real' && to === 'double precision') return true;
  if (from === 'json' && to === 'jsonb') return true;
  const sized = SIZED.exec(to);
  if (sized?.[1] === 'character varying') return sizeOf(from) <= Number(sized[2]);
  const time = TIMES.exec(to);
  const source = TIMES.exec(from);
  if (!time || !source || time[1] !== source[1] || time[3] !== source[3]) return false;
  return Number(time[2] ?? 6) >= Number(source[2] ?? 6);
}

function fitsNumeric(from: string, integer: number | undefined, to: RegExpExecArray): boolean {
  const source = NUMERIC.exec(from);
  if (integer === undefined && !source) return false;
  if (to[1] === undefined) return true;
  if (source && source[1] === undefined) return false;
  const before = integer ?? Number(source![1]) - Number(source![2]);
  const after = integer === undefined ? Number(source![2]) : 0;
  return Number(to[1]) - Number(to[2]) >= before && Number(to[2]) >= after;
}

function sizeOf(type: string): number {
  const match = SIZED.exec(type);
  if (!match) return Infinity;
  return match[2] === undefined ? (match[1] === 'character' ? 1 : Infinity) : Number(match[2]);
}
