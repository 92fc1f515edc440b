import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Terminal } from './terminal';

/**
 * Asks one question on stderr (stdout is for data). `undefined`: the person has no answer (Ctrl-C, Ctrl-D).
 * Only for an interactive terminal.
 */
export async function ask(terminal: Terminal, question: string): Promise<string | undefined> {
  terminal.progress.stop();
  const { stdin, stderr } = terminal.surroundings;
  return answer(stdin, stderr, question);
}

/** Asks for something that must not be seen. */
export async function askHidden(terminal: Terminal, question: string): Promise<string | undefined> {
  terminal.progress.stop();
  const { stdin, stderr } = terminal.surroundings;
  stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await answer(stdin, nowhere, '');
  } finally {
    stderr.write('\n');
  }
}

async function answer(
  input: NodeJS.ReadStream,
  output: NodeJS.WritableStream,
  question: string,
): Promise<string | undefined> {
  const lines = createInterface({ input, output, terminal: true });
  const nobody = new AbortController();
  // Ctrl-D closes; Ctrl-C, in a terminal in raw mode, is a key like others.
  lines.once('close', () => nobody.abort());
  lines.once('SIGINT', () => nobody.abort());
  try {
    return await lines.question(question, { signal: nobody.signal });
  } catch (cause) {
    if (nobody.signal.aborted) return undefined;
    throw cause;
  } finally {
    lines.close();
  }
}

/** Whether an answer means yes; anything else, also none, does not. */
export function isYes(text: string | undefined): boolean {
  return /^\s*y(es)?\s*$/i.test(text ?? '');
}
