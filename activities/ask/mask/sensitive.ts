import { fits } from '../../../governance/policy/glob';
import type { Classification } from '../../../schemas/classification';
import type { RelationName } from '../../../schemas/change';
import type { Bundle, Services } from '../../services';

/** Classes that say that there is nothing to hide. Every other class hides what it is declared for. */
const OPEN = new Set(['public', 'open']);

/** Parts of a name (`home_email` has two) that say what is in a column. */
const TELLING = new Set(
  `email mail phone mobile telephone telefon tel fax ssn passport iban swift cvv cvc pan password passwd pwd passphrase pin
   secret token apikey salt credential credentials dob birthday birthdate birth geburtsdatum born surname lastname
   firstname fullname nachname vorname address addr street strasse postcode zipcode zip salary wage income gehalt
   taxid vat gender sex religion ethnicity diagnosis medical health ip ipaddr signature cookie session fingerprint
   biometric creditcard cardnumber msisdn imei`.split(/\s+/),
);
/** Parts that say it together. */
const TOGETHER: readonly (readonly string[])[] = [
  ['first', 'name'],
  ['last', 'name'],
  ['full', 'name'],
  ['middle', 'name'],
  ['maiden', 'name'],
  ['user', 'name'],
  ['api', 'key'],
  ['private', 'key'],
  ['access', 'key'],
  ['credit', 'card'],
  ['card', 'number'],
  ['card', 'no'],
  ['account', 'number'],
  ['account', 'no'],
  ['bank', 'account'],
  ['tax', 'id'],
  ['national', 'id'],
  ['social', 'security'],
  ['date', 'of', 'birth'],
  ['licence', 'number'],
  ['license', 'number'],
];
const COMMENTED =
  /\b(pii|gdpr|dsgvo|hipaa|phi|personal(ly)?|personenbezogen\w*|sensitive|confidential|secret|private|vertraulich)\b/i;

/** Why a column is hidden; `undefined`: nothing says that it should be. */
export type SensitiveWhy = 'declared' | 'name' | 'comment' | 'derived';

/** What declares columns sensitive: classifications of the goal, of the configuration, of a connection. */
export type Declared = readonly Classification[];

/** The declarations that hold for an ask's warehouse; those of the worker's own project count, too. */
export function declaredFor(bundle: Bundle, services: Pick<Services, 'project'>): Declared {
  const name = bundle.goal.warehouse;
  return [bundle.config, services.project.config]
    .flatMap((config) => [config.classification, config.connections[name]?.classification])
    .concat(bundle.goal.classification)
    .filter((each) => each !== undefined);
}

/** Of the other connections of a project, from which data comes. */
export function declaredElsewhere(bundle: Bundle): Declared {
  return Object.values(bundle.config.connections)
    .map((connection) => connection.classification)
    .filter((each) => each !== undefined);
}

export interface NamedColumn {
  relation: RelationName;
  column: string;
  comment?: string | null;
}

/** By declaration, by what its name tells, by what its comment says of it. */
export function whySensitive(
  { relation, column, comment }: NamedColumn,
  declared: Declared,
): SensitiveWhy | undefined {
  if (declared.some((classification) => covers(classification, relation, column))) return 'declared';
  if (tells(column)) return 'name';
  return comment && COMMENTED.test(comment) ? 'comment' : undefined;
}

/** A class of a whole relation is one of each of its columns. */
function covers(classification: Classification, relation: RelationName, column: string): boolean {
  return Object.entries(classification).some(
    ([glob, classes]) =>
      classes.some((each) => !OPEN.has(each.toLowerCase())) &&
      [relation, `${relation}.${column}`].some((name) => fits(glob.toLowerCase(), name.toLowerCase())),
  );
}

/** `homeEmail`, `home_email` and `HOME-EMAIL` have the same parts. */
export function tells(name: string): boolean {
  const parts = name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+|(?<=\p{L})(?=\p{N})/u)
    .filter((part) => part !== '');
  const singular = (part: string): string => part.replace(/(?<=.{3})s$/, '');
  if (parts.some((part) => TELLING.has(part) || TELLING.has(singular(part)))) return true;
  if (TELLING.has(parts.join(''))) return true;
  return TOGETHER.some((words) =>
    parts.some((_, at) =>
      words.every(
        (word, more) => parts[at + more] === word || (more > 0 && singular(parts[at + more] ?? '') === word),
      ),
    ),
  );
}
