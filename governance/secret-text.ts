/** What a credential written into a text looks like, and how it is called to whoever wrote it. */
const SHAPES: readonly { what: string; shape: RegExp }[] = [
  { what: 'a private key', shape: /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/ },
  { what: 'a URL with a password', shape: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i },
  {
    what: 'an API key or a token',
    // Prefixes by which the services that hand them out have them found.
    shape:
      /\b(sk-[A-Za-z0-9_-]{16,}|(AKIA|ASIA)[A-Z0-9]{16}|gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|AIza[\w-]{30,}|hv[sb]\.[\w-]{20,}|slt_[\w-]{20,}|dapi[0-9a-f]{32})/,
  },
  { what: 'a signed token', shape: /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/ },
];

const PASSWORD = 'passwords?|passwd|pwd|passphrase|passwort|kennwort|mot de passe|contraseña';
const KEY = '(?:api|access|secret|account|private)?[ _-]?(?:key|token|secret)';
const IS = `\\s*(?:=>?|:=?|\\bis\\b|\\bist\\b|\\best\\b|\\bes\\b)\\s*`;
const VALUE = `["'\`]?([^\\s"'\`,;]{4,})`;

const SET_PASSWORD = new RegExp(`(?<![\\w])(?:${PASSWORD})${IS}${VALUE}`, 'gi');
const NAMED_PASSWORD = new RegExp(`(?<![\\w])(?:${PASSWORD})\\s+${VALUE}`, 'gi');
const SET_KEY = new RegExp(`(?<![\\w])${KEY}${IS}${VALUE}`, 'gi');

/** What stands behind such a word without being one: references, types, what columns hold. */
const NO_VALUE = /^(secret:\/\/|\$\{|<|(sha|md|v|utf-?)\d)/i;

/**
 * What of a text is a credential written out, in words and never the credential itself. Empty: nothing that is known to
 * look like one. A guess that errs on the side of asking: what is stored and sent to a model does not come back.
 */
export function credentialsIn(text: string): string[] {
  const found = SHAPES.filter(({ shape }) => shape.test(text)).map(({ what }) => what);
  const values = (pattern: RegExp): string[] =>
    [...text.matchAll(pattern)]
      .map((match) => match[1]!.replace(/[.!?)\]}]+$/, ''))
      .filter((value) => value.length >= 4 && !NO_VALUE.test(value));
  const passwords = [...values(SET_PASSWORD), ...values(NAMED_PASSWORD)];
  if (passwords.some(isNoWord)) found.push('a password');
  if (values(SET_KEY).some((value) => value.length >= 12 && /\d[a-z]/i.test(value)))
    found.push('an API key or a token');
  return [...new Set(found)];
}

/** Letters and digits or marks mixed: neither a word of a language nor a name of a relation. */
function isNoWord(value: string): boolean {
  return /\p{L}/u.test(value) ? /[0-9!#$%&*+?@^~]/.test(value) : /^[0-9]{6,}$/.test(value);
}
