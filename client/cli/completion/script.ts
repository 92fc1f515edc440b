import type { Command } from 'commander';
import { bashScript } from './bash';
import { fishScript } from './fish';
import { wordsOf } from './words';
import { zshScript } from './zsh';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A script for a shell to source, made from the program as it is. */
export function completionScript(program: Command, shell: Shell): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](wordsOf(program));
}
