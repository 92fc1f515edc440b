import type { Body } from './request';
import { withoutMarks } from './request';

/**
 * Tokens are counted by a rule, not by a tokenizer: one for every four bytes of UTF-8, and four more for every block.
 * Of text the words count, of everything else its JSON. For English and SQL that is within a fifth of the real count.
 */
export function tokensOfText(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4);
}

export function tokensOfBlock(block: unknown): number {
  const { type, text } = block as { type?: string; text?: unknown };
  return (
    4 + tokensOfText(type === 'text' && typeof text === 'string' ? text : JSON.stringify(withoutMarks(block)))
  );
}

/** One piece of a prompt, in the order in which prefixes are made: tools, system, messages. */
export interface Piece {
  /** What it is, for the hash of a prefix. */
  value: unknown;
  tokens: number;
  mark?: { ttl?: '5m' | '1h' };
}

export function piecesOf(body: Pick<Body, 'tools' | 'system' | 'messages' | 'cache_control'>): Piece[] {
  const pieces: Piece[] = [];
  const add = (where: string, block: unknown) => {
    const mark = (block as { cache_control?: { ttl?: '5m' | '1h' } | null }).cache_control;
    pieces.push({
      value: [where, withoutMarks(block)],
      tokens: tokensOfBlock(block),
      ...(mark ? { mark } : {}),
    });
  };
  const list = (content: unknown): unknown[] =>
    typeof content === 'string'
      ? [{ type: 'text', text: content }]
      : ((content as unknown[] | undefined) ?? []);

  for (const tool of body.tools ?? []) add('tool', tool);
  if (body.system) for (const block of list(body.system)) add('system', block);
  for (const message of body.messages) for (const block of list(message.content)) add(message.role, block);
  // A mark at the top of the request is one on its last block.
  const last = pieces.at(-1);
  if (body.cache_control && last) last.mark ??= body.cache_control;
  return pieces;
}

export function countTokens(body: Pick<Body, 'tools' | 'system' | 'messages'>): number {
  return piecesOf(body).reduce((sum, piece) => sum + piece.tokens, 0);
}
