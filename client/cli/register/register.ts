import type { Command } from 'commander';
import type { CommandResult, Terminal, TerminalFlags } from '../terminal';

/** Carries a command out on a terminal made from the flags, and prints what it found. */
export type Execute = (
  work: (terminal: Terminal) => Promise<CommandResult>,
  flags: TerminalFlags,
) => Promise<void>;

/** The flags that every command takes, as commander has parsed them. */
export const flagsOf = (command: Command): TerminalFlags => command.optsWithGlobals<TerminalFlags>();

/** Text below a command's help. */
export function examples(...lines: [command: string, what: string][]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return [
    '',
    'Examples:',
    ...lines.map(([command, what]) => `  $ ${command.padEnd(width)}  ${what}`.trimEnd()),
  ].join('\n');
}

/** For options that may be given several times. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];
