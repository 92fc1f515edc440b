import { isDate } from '../types/lexical';

const ZERO = 48;

/** End of `YYYY-MM-DDTHH:MM:SS` (or with a space) at `at`; -1 if it is none. */
export function plainTimestamp(buf: Buffer, at: number, to: number): number {
  if (at + 19 > to || !isDate(buf, at, at + 10, to)) return -1;
  const separator = buf[at + 10];
  if ((separator !== 84 && separator !== 32) || buf[at + 13] !== 58 || buf[at + 16] !== 58) return -1;
  if (!sixty(buf, at + 14) || !sixty(buf, at + 17)) return -1;
  const tens = buf[at + 11]! - ZERO;
  const units = buf[at + 12]! - ZERO;
  const hour = tens >= 0 && units >= 0 && units <= 9 ? tens * 10 + units : 24;
  return hour <= 23 ? at + 19 : -1;
}

function sixty(buf: Buffer, at: number): boolean {
  const tens = buf[at]! - ZERO;
  const units = buf[at + 1]! - ZERO;
  return tens >= 0 && tens <= 5 && units >= 0 && units <= 9;
}
