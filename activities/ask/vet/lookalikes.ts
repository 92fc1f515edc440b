import type { Fault } from '../../../schemas/errors';
import { isTree } from '../../../sql/walk';
import type { StepSql } from './queries';

/** Marks that turn the direction of a line: what is read is not what is there. */
const TURNS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
/** What is not seen, or is no character of its own. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u00a0]/u;
const OTHER_SCRIPTS = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;

/**
 * Names that a person would take for others: with signs that are not seen, or with letters of another script between
 * Latin ones. In what PostgreSQL made of the text, so that no escape hides them.
 */
export function lookalikeFaults(sql: readonly StepSql[]): Fault[] {
  return sql.flatMap(({ path, text, statements }): Fault[] => {
    if (TURNS.test(text))
      return [
        { path, message: 'holds marks that turn the direction of writing: what is read is not what it says' },
      ];
    const names = new Set(statements.flatMap(({ node }) => [...namesIn(node)]));
    const strange = [...names].find(looksLikeAnother);
    if (strange === undefined) return [];
    const shown = strange.replace(/[^\x20-\x7e]/gu, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
    return [
      {
        path,
        message: `the name "${shown}" holds signs that are not seen, or letters of several scripts: write names that people can tell apart`,
      },
    ];
  });
}

function looksLikeAnother(name: string): boolean {
  if (UNSEEN.test(name)) return true;
  return name.split(/[^\p{L}]+/u).some((word) => /\p{Script=Latin}/u.test(word) && OTHER_SCRIPTS.test(word));
}

/** Every text of a tree that is no literal. */
function* namesIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const item of value) yield* namesIn(item);
  else if (isTree(value))
    for (const [key, below] of Object.entries(value)) if (key !== 'A_Const') yield* namesIn(below);
}
