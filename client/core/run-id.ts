import { randomInt } from 'node:crypto';

/** RFC 4648's base32 in lower case. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** `<goal>-<yyyymmdd>-<6 random base32>`, the day in UTC: sorts and reads well, and is hard to mistype into another. */
export function newRunId(goal: string, now = new Date()): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '');
  const tail = Array.from({ length: 6 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return `${goal}-${day}-${tail}`;
}
