import { fail, type Fault } from '../schemas/errors';
import { CREDENTIAL_FORMS, URL_PASSWORD } from '../governance/credential-forms';
import { pathText } from './faults';

/** Throws `literal_secret`, naming every place, when a goal document holds a credential written out. */
export function assertNoSecrets(document: unknown): void {
  const secrets = literalSecrets(document, []);
  if (secrets.length === 0) return;
  throw fail('literal_secret', 'The goal document holds a credential written out.', {
    next: 'Put it into a secret (`sluice secret set NAME`), refer to it as secret://NAME in sluice.config.yaml, and change the credential: it was in a file.',
    faults: secrets,
    place: secrets[0]!.path,
  });
}

const CREDENTIAL_KEY =
  /^(.*[_-]|.*[a-z])?(password|passwd|pwd|secret|token|api[_-]?key|private[_-]?key|credentials?)$/i;

/** Whether a value as a whole has the form of a credential: a URL with a password, a key as an issuer hands it out. */
const isCredential = (value: string): boolean =>
  [...CREDENTIAL_FORMS.map(([, form]) => form), URL_PASSWORD].some(
    (form) => value.matchAll(form).next().value?.index === 0,
  );

/** Places where a credential is written out; the value itself is never repeated. */
export function literalSecrets(value: unknown, path: readonly PropertyKey[]): Fault[] {
  if (typeof value === 'string') {
    const key = path.at(-1);
    // Below `types` and `columns` keys are names of columns: `types: { token: text }` is no secret.
    const column = path.at(-2) === 'types' || path.at(-2) === 'columns';
    const credential =
      !column && typeof key === 'string' && CREDENTIAL_KEY.test(key) && !value.startsWith('secret://');
    if (credential || isCredential(value)) {
      return [{ path: pathText(path), message: 'a credential is written out; use secret://name' }];
    }
    return [];
  }
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) => literalSecrets(item, [...path, index]));
  if (value !== null && typeof value === 'object') {
    return Object.entries(value).flatMap(([key, item]) => literalSecrets(item as unknown, [...path, key]));
  }
  return [];
}
