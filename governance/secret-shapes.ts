/**
 * What looks like a credential in a text that should hold none: keys by their well-known forms, connection strings,
 * passwords by what stands before them, and strings that are too random to be words. A finding says what and where, and
 * never repeats the value.
 */
import { CREDENTIAL_FORMS, URL_PASSWORD } from './credential-forms';

export interface SecretShape {
  /** `an AWS access key`, `a string that is too random for a word`. */
  what: string;
  start: number;
  end: number;
}

const CREDENTIAL =
  '(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|client[_-]?secret|credentials?)';

/** The value is the one group, so that what stands before it stays when it is masked. */
const NAMED: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a connection string with a password', URL_PASSWORD],
  [
    'a connection string with a password',
    new RegExp(
      String.raw`\b(?:host|server|user(?:name)?|user id|uid|dbname|database|data source)\s*=[^\n]*?\b(?:password|pwd)\s*=\s*([^\s;'"]{3,})`,
      'gi',
    ),
  ],
  // `password = 'x'`, `"password": "x"`, `PASSWORD 'x'`; not `token_type = 'x'`.
  [
    'a credential',
    new RegExp(
      String.raw`\b[\w]*${CREDENTIAL}["\x60\]]?\s*(?:=>|:=|==?|<>|!=|:|\bis\b|\bto\b|\bas\b)?\s*[eEnN]?(?:'((?:[^'\n]|''){3,200})'|"((?:[^"\n]){3,200})"(?!\s*[.:]))`,
      'gi',
    ),
  ],
];

const ASSIGNED: readonly (readonly [what: string, pattern: RegExp])[] = [
  // `password=hunter22`: nothing but letters, digits and marks, with digits among them; not `token = other.token`.
  [
    'a credential',
    new RegExp(
      String.raw`\b\w*${CREDENTIAL}=((?=[A-Za-z!@#$%^&*_-]*\d)(?=[\d!@#$%^&*_-]*[A-Za-z])[A-Za-z0-9!@#$%^&*_-]{8,})(?![\w.(])`,
      'gi',
    ),
  ],
  // `PGPASSWORD=correcthorse`, as shells and containers have it.
  [
    'a credential',
    /\b[A-Z][A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_KEY|ACCESS_KEY)=((?=[^\s'"]*[a-z0-9])[^\s'"(),;]{6,})/g,
  ],
];

/** References are what a credential should be. */
const REFERENCE = /^(?:secret:\/\/|\$\{|:[a-z_])/i;

const RANDOM = /[A-Za-z0-9+/_=-]{20,}/g;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Every credential that the text seems to hold, in order; overlapping findings are one. */
export function secretShapes(text: string): SecretShape[] {
  const found: SecretShape[] = [];
  for (const [what, pattern] of CREDENTIAL_FORMS) {
    for (const match of text.matchAll(pattern))
      found.push({ what, start: match.index, end: match.index + match[0].length });
  }
  for (const [what, pattern] of [...NAMED, ...ASSIGNED]) {
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? match[2] ?? '';
      if (value === '' || REFERENCE.test(value)) continue;
      const start = match.index + match[0].lastIndexOf(value);
      found.push({ what, start, end: start + value.length });
    }
  }
  for (const match of text.matchAll(RANDOM)) {
    if (!isRandom(match[0])) continue;
    found.push({
      what: 'a string that is too random for a word',
      start: match.index,
      end: match.index + match[0].length,
    });
  }
  return merged(found);
}

/** The text with every such value replaced. */
export function withoutSecrets(text: string, mask = '[redacted]'): string {
  let clean = text;
  for (const { start, end } of secretShapes(text).reverse())
    clean = `${clean.slice(0, start)}${mask}${clean.slice(end)}`;
  return clean;
}

function merged(found: SecretShape[]): SecretShape[] {
  const sorted = found.sort((a, b) => a.start - b.start || b.end - a.end);
  const result: SecretShape[] = [];
  for (const each of sorted) {
    const last = result.at(-1);
    if (last && each.start < last.end) last.end = Math.max(last.end, each.end);
    else result.push({ ...each });
  }
  return result;
}

/**
 * Random strings change between kinds of characters all the time, and repeat few of them; names and paths are made of
 * words. Ids in their usual form (UUIDs) are no secrets.
 */
export function isRandom(token: string): boolean {
  const core = token.replace(/=+$/, '');
  if (UUID.test(core)) return false;
  if (/^[0-9a-f]+$/i.test(core)) {
    return core.length >= 32 && /[0-9]/.test(core) && /[a-f]/i.test(core) && entropy(core) > 3;
  }
  if (!/[0-9]/.test(core) || !/[A-Za-z]/.test(core)) {
    // Letters alone: only where upper and lower case mix as they do in no word.
    return core.length >= 32 && changes(core) / core.length > 0.35 && entropy(core) > 4;
  }
  const mixed = /[a-z]/.test(core) && /[A-Z]/.test(core);
  const length = mixed ? 20 : 24;
  return core.length >= length && changes(core) / core.length >= 0.3 && entropy(core) >= (mixed ? 3.6 : 3.4);
}

const kindOf = (sign: string): string =>
  /[a-z]/.test(sign) ? 'a' : /[A-Z]/.test(sign) ? 'A' : /[0-9]/.test(sign) ? '0' : '-';

/** How often the kind of character changes; a separator between words, and a word's first capital, do not count. */
function changes(text: string): number {
  let count = 0;
  for (let at = 1; at < text.length; at += 1) {
    const [before, after] = [kindOf(text[at - 1]!), kindOf(text[at]!)];
    if (before === after || before === '-' || after === '-') continue;
    if (before === 'A' && after === 'a' && (at === 1 || kindOf(text[at - 2]!) !== 'A')) continue;
    count += 1;
  }
  return count;
}

/** Bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
