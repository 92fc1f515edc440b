/**
 * A statement without the values in it, for traces: strings, dollar-quoted texts, bit strings and numbers become `?`,
 * comments go. By PostgreSQL's lexical rules (18, chapter 4.1), from left to right; what is not closed is masked to its
 * end. Parameters (`$1`) and quoted identifiers stay.
 */
export function maskedSql(text: string): string {
  return text
    .replace(TOKENS, (token: string) => {
      if (token.startsWith('"') || KEPT.test(token)) return token;
      return token.startsWith('--') || token.startsWith('/*') ? ' ' : '?';
    })
    .replace(/\s+/g, ' ')
    .trim();
}

/** A parameter, a keyword, a name: whole, so that what only begins like one is not kept. */
const KEPT = /^(?:\$\d+|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)$/;

const TOKENS = new RegExp(
  [
    String.raw`--[^\n]*`,
    // Nested comments are rare; what is inside an inner one is masked to the last end.
    String.raw`/\*[\s\S]*?(?:\*/|$)`,
    String.raw`"(?:[^"]|"")*(?:"|$)`,
    // With a backslash only where E says so.
    String.raw`[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)`,
    String.raw`(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|$)`,
    String.raw`\$(?<tag>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?(?:\$\k<tag>\$|$)`,
    // Words first, so that digits in a name are no number.
    String.raw`(\$\d+|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
    String.raw`(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:[eE][+-]?\d+)?\w*`,
  ].join('|'),
  'g',
);
