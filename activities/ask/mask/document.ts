import { scanSql } from '../../../sql/scan';
import { maskedSql } from '../../../sql/mask';
import { sqlText } from '../../../sql/text';
import { SluiceError } from '../../../schemas/errors';
import { nameAsData, pathAsData } from './names';
import { shape } from './shape';

/** Keys of a goal document under which there is SQL. */
const SQL_KEYS = new Set(['sql', 'statements', 'query', 'where', 'expression']);
/** One word, or a few: a name, a pattern of files, a cron, a kind. Longer texts are prose. */
const PLAIN = /^[^\s\p{C}]{1,120}(?: [^\s\p{C}]{1,40}){0,5}$/u;
const PROSE_KEYS = new Set(['description', 'comment', 'ask', 'title', 'reason', 'notes']);
const DEEPEST = 30;

/**
 * A document that the project's people wrote (a goal, a part of one), with what could be anybody's words taken out:
 * literals and comments of its SQL, descriptions, texts of several words. Keys, names, numbers and structure stay.
 */
export async function maskedDocument(value: unknown, key = '', depth = 0): Promise<unknown> {
  if (depth > DEEPEST) return '(deeper)';
  if (Array.isArray(value)) {
    return Promise.all(value.map((item) => maskedDocument(item, key, depth + 1)));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = await Promise.all(
      Object.entries(value).map(async ([name, item]) => [
        nameAsData(name),
        await maskedDocument(item, name, depth + 1),
      ]),
    );
    return Object.fromEntries(entries) as unknown;
  }
  if (typeof value !== 'string') return value;
  if (value.startsWith('secret://')) return 'secret://…';
  if (PROSE_KEYS.has(key)) return `(a text of ${value.length} characters)`;
  if (SQL_KEYS.has(key)) return withoutLiterals(value);
  return PLAIN.test(value) ? pathAsData(value) : shape(value);
}

/** SQL with its strings as `'?'` and without its comments; its numbers and its lines stay. */
export async function withoutLiterals(text: string): Promise<string> {
  const source = sqlText(text);
  let clean = '';
  let at = 0;
  try {
    for (const token of await scanSql(source)) {
      clean += text.slice(at, token.start);
      clean += token.isComment ? ' ' : isString(token.text) ? `'?'` : token.text;
      at = token.end;
    }
  } catch (cause) {
    // What the scanner cannot read (a template, say) is masked by its looks.
    if (cause instanceof SluiceError) return maskedSql(text);
    throw cause;
  }
  return (clean + text.slice(at)).replace(/[ \t]+$/gm, '').trim();
}

const isString = (token: string): boolean =>
  /^(?:[eEbBxXnN]|[uU]&)?'|^\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/u.test(token);
