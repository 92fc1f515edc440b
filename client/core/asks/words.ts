import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { credentialsIn } from '../../../governance/secret-text';
import { existingHome } from '../../../runtime/home';
import { fail } from '../../../schemas/errors';

/** Shorter values are found in ordinary words. */
const MIN_SECRET = 8;
const MAX_SECRET_BYTES = 64 * 1024;

/**
 * What may go to a model and into the store. Throws `usage` when there are no words, `literal_secret` when a credential
 * is among them: something that looks like one, or the value of one that this home keeps.
 */
export function assertSendable(text: string, home: string): void {
  if (!/[\p{L}\p{N}]/u.test(text)) {
    throw fail('usage', 'The ask has no words.', {
      next: 'Say what you want, as in `sluice ask "load flights.csv into raw.flights every morning"`.',
    });
  }
  const known = keptSecretIn(text, home);
  const looks = credentialsIn(text);
  if (known === undefined && looks.length === 0) return;
  const what =
    known === undefined ? `what looks like ${looks.join(' and ')}` : `the value of the secret ${known}`;
  throw fail('literal_secret', `The words hold ${what}; nothing was sent.`, {
    next: `${known === undefined ? 'Put it into a secret (`sluice secret set NAME`) and say secret://NAME' : `Say secret://${known}`}. If it was typed into a shell, change it: the shell keeps what is typed.`,
  });
}

/** The name of a secret whose value stands in the text. Of secrets elsewhere (Vault) only their looks are known. */
function keptSecretIn(text: string, home: string): string | undefined {
  const { secrets } = existingHome(home);
  return namesIn(secrets).find((name) => {
    const value = valueIn(path.join(secrets, name));
    return value !== undefined && value.length >= MIN_SECRET && text.includes(value);
  });
}

/** None where the home is elsewhere, or somebody else's: whoever types does not know its secrets either. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function valueIn(file: string): string | undefined {
  try {
    const stat = lstatSync(file);
    if (!stat.isFile() || stat.size > MAX_SECRET_BYTES) return undefined;
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
