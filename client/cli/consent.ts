import { fail } from '../../schemas/errors';
import type { Gate } from '../../schemas/run';
import { normaliseRelation } from '../../sql/quote';
import { ask, isYes } from './prompt';
import type { Terminal } from './terminal';

export interface ConsentFlags {
  allowDestructive?: boolean;
  /** Relations whose names the caller has repeated. */
  confirm?: string[];
  /** Also what a model put into the goal and nobody asked for. */
  beyond?: boolean;
}

export type Consent =
  | { kind: 'approve'; confirm: string[]; allowDestructive: boolean }
  | { kind: 'reject' }
  /** Left to somebody else, or to later. */
  | { kind: 'wait'; why: string };

/**
 * Whether the caller approves what was just shown. `--yes` approves what adds; what destroys, loses or rewrites needs
 * its names repeated (`--confirm`, or typed) or `--allow-destructive` besides. Without anybody to ask it waits.
 */
export async function askConsent(terminal: Terminal, gate: Gate, flags: ConsentFlags): Promise<Consent> {
  const confirm = confirmedNames(gate, flags.confirm ?? []);
  // What nobody asked for is approved by somebody who has read it, or says so.
  if (gate.beyond && !flags.beyond && !terminal.interactive) {
    return {
      kind: 'wait',
      why: `--yes is not enough for what nobody asked for: ${gate.beyond.join('; ')}. Read it, and approve with --beyond.`,
    };
  }
  if (!terminal.yes || (gate.beyond && !flags.beyond)) {
    if (!terminal.interactive)
      return { kind: 'wait', why: 'Nobody is here to be asked, and --yes was not given.' };
    const answer = await ask(terminal, 'Apply this? [y/N] (N rejects it, Ctrl-C leaves it waiting) ');
    if (answer === undefined) return { kind: 'wait', why: 'It was not decided.' };
    if (!isYes(answer)) return { kind: 'reject' };
  }
  // Where one person cannot stand for two, an approval counts for one; there is nothing to repeat.
  const missing =
    gate.localOverride && !flags.allowDestructive
      ? gate.confirm.filter((name) => !confirm.includes(name))
      : [];
  for (const name of missing) {
    if (!terminal.interactive) {
      return {
        kind: 'wait',
        why: `--yes is not enough to destroy, lose or rewrite: repeat the name of ${missing.join(', ')}.`,
      };
    }
    if (!(await repeats(terminal, name))) return { kind: 'wait', why: `The name ${name} was not repeated.` };
    confirm.push(name);
  }
  return { kind: 'approve', confirm, allowDestructive: flags.allowDestructive === true };
}

/** The names that were repeated, as the gate spells them. Throws `decision_unconfirmed` for one it does not ask for. */
export function confirmedNames(gate: Gate, given: readonly string[]): string[] {
  const names = given.map((name) => (gate.confirm.includes(name) ? name : normaliseRelation(name)));
  const strange = names.find((name) => !gate.confirm.includes(name));
  if (strange === undefined) return [...new Set(names)];
  throw fail('decision_unconfirmed', `"${strange}" is not among the relations to confirm.`, {
    state: 'The decision was not counted; the run waits.',
    next:
      gate.confirm.length === 0
        ? 'Leave --confirm out: this gate asks for no names.'
        : `Confirm: ${gate.confirm.join(', ')}.`,
  });
}

async function repeats(terminal: Terminal, name: string): Promise<boolean> {
  const { paint } = terminal.err;
  for (let attempt = 1; attempt <= 3; attempt++) {
    const typed = await ask(terminal, `Type ${paint.bold(paint.red(name))} to go on: `);
    if (typed === undefined || typed.trim() === '') return false;
    if (typed.trim() === name || normaliseRelation(typed.trim()) === name) return true;
    terminal.say('That is another name.');
  }
  return false;
}
