import { CREDENTIAL_FORMS, URL_PASSWORD } from './credential-forms';

const PASSWORD = 'passwords?|passwd|pwd|passphrase|passwort|kennwort|mot de passe|contraseña';
const KEY = '(?:api|access|secret|account|private)?[ _-]?(?:key|token|secret)';
const IS = `\\s*(?:=>?|:=?|\\bis\\b|\\bist\\b|\\best\\b|\\bes\\b)\\s*`;
const VALUE = `["'\`]?([^\\s"'\`,;]{4,})`;

const SET_PASSWORD = new RegExp(`(?<![\\w])(?:${PASSWORD})${IS}${VALUE}`, 'gi');
const NAMED_PASSWORD = new RegExp(`(?<![\\w])(?:${PASSWORD})\\s+${VALUE}`, 'gi');
const SET_KEY = new RegExp(`(?<![\\w])${KEY}${IS}${VALUE}`, 'gi');

/** What stands behind such a word without being one: references, types, what columns hold. */
const NO_VALUE = /^(secret:\/\/|\$\{|<|(sha|md|v|utf-?)\d)/i;

const FORMS = [...CREDENTIAL_FORMS, ['a URL with a password', URL_PASSWORD] as const];

/**
 * What of a text is a credential written out, in words and never the credential itself. Empty: nothing that is known to
 * look like one. A guess that errs on the side of asking: what is stored and sent to a model does not come back.
 */
export function credentialsIn(text: string): string[] {
  const found = FORMS.filter(([, form]) => !text.matchAll(form).next().done).map(([what]) => what);
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
