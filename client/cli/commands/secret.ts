import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { fail } from '../../../schemas/errors';
import { listSecrets, removeSecret, setSecret } from '../../core/secrets';
import { askHidden } from '../prompt';
import { moment } from '../render/numbers';
import type { CommandResult, Terminal } from '../terminal';
import { homeOf } from '../home';

/** `sluice secret set NAME`: the value comes from stdin, or is typed unseen; never from the command line. */
export async function secretSet(terminal: Terminal, name: string): Promise<CommandResult> {
  setSecret(homeOf(terminal), name, await valueOf(terminal, name));
  return {
    document: { name, set: true },
    text: `The secret ${name} is set; refer to it as secret://${name}.`,
    exitCode: 0,
  };
}

/** `sluice secret generate NAME`: nobody sees it. One that is there is kept: what it encrypted would be lost. */
export function secretGenerate(terminal: Terminal, name: string): Promise<CommandResult> {
  const home = homeOf(terminal);
  if (listSecrets(home).some((secret) => secret.name === name)) {
    throw fail('usage', `There is a secret "${name}" already.`, {
      next: 'Choose another name; to rotate a key, add the old one to `encryption.olderKeys`.',
    });
  }
  setSecret(home, name, randomBytes(32).toString('base64url'));
  const text = `The secret ${name} is set to 32 random bytes; refer to it as secret://${name}.`;
  return Promise.resolve({ document: { name, set: true }, text, exitCode: 0 });
}

/** `sluice secret list`: names, never values. */
export function secretList(terminal: Terminal): Promise<CommandResult> {
  const secrets = listSecrets(homeOf(terminal));
  const width = Math.max(0, ...secrets.map(({ name }) => name.length));
  const { paint } = terminal.out;
  const lines = secrets.map(
    ({ name, setAt }) => `${name.padEnd(width)}  ${paint.dim(`set ${moment(setAt)}`)}`,
  );
  return Promise.resolve({ document: { secrets }, text: lines.join('\n') || 'No secrets.', exitCode: 0 });
}

export function secretRemove(terminal: Terminal, name: string): Promise<CommandResult> {
  removeSecret(homeOf(terminal), name);
  return Promise.resolve({
    document: { name, removed: true },
    text: `The secret ${name} is gone.`,
    exitCode: 0,
  });
}

async function valueOf(terminal: Terminal, name: string): Promise<string> {
  const { stdin } = terminal.surroundings;
  // What is piped ends in the line feed of whoever wrote it.
  if (stdin.isTTY !== true) return (await text(stdin)).replace(/\r?\n$/, '');
  const typed = terminal.interactive
    ? await askHidden(terminal, `Value of ${name} (not shown): `)
    : undefined;
  if (typed !== undefined) return typed;
  throw fail('usage', 'No value was given.', { next: `Pipe it in: sluice secret set ${name} < file` });
}
