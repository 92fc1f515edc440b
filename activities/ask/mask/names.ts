import { scrub } from '../../../governance/redact';

/** PostgreSQL's own limit for a name, in bytes; file names may be longer. */
export const NAME_LENGTH = 63;
export const PATH_LENGTH = 200;

/** What is not a printable character of its own: controls, marks that reorder or hide text, line separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/**
 * A name from outside (of a table, a column, a file) as a model is shown it: as data inside JSON, no longer than a name
 * can be, with nothing in it that is not seen. Whoever named it may be anybody, so names are never put into prose.
 */
export function nameAsData(name: string, longest = NAME_LENGTH): string {
  const clean = scrub(name).replace(
    UNPRINTABLE,
    (sign) => `\\u{${sign.codePointAt(0)!.toString(16).padStart(4, '0')}}`,
  );
  const signs = [...clean];
  return signs.length > longest ? `${signs.slice(0, longest).join('')}…` : clean;
}

export const pathAsData = (path: string): string => nameAsData(path, PATH_LENGTH);
