import { Lexer, Parser } from 'yaml';

/** Levels of mappings and lists in one another; what people write has less than ten. */
const MAX_DEPTH = 100;

/**
 * Where a YAML text is nested deeper than anybody writes: the offset, else `undefined`. To be asked before the text is
 * composed into a document: composing recurses, and a stack that is nearly full can bring down V8 itself (its regular
 * expression compiler reports "out of memory" as a fatal error, which no `catch` sees).
 */
export function tooDeepAt(text: string): number | undefined {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) if (token.type === 'error') return undefined; // composing reports it
    if (parser.stack.length > MAX_DEPTH) return parser.offset;
  }
  return undefined;
}
