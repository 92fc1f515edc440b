import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readHeads } from '../../governance/audit/heads-file';
import { HEADS_FILE, homeSigningKey, trustedKeys } from '../../governance/audit/home-key';
import { publicKey, type SigningKey } from '../../governance/audit/keys';
import { type AuditReport, verifyAudit } from '../../governance/audit/verify';
import { ownSecretResolver } from '../../governance/secrets';
import { existingHome } from '../../runtime/home';
import { fail } from '../../schemas/errors';
import type { Store } from '../../store/store';

/** Public keys to trust: the home's own, and those in files. Throws `not_found`, `invalid_config`. */
export async function keysToTrust(home: string, files: readonly string[] = []): Promise<Map<string, string>> {
  const trusted = trustedKeys(existingHome(home).home);
  for (const file of files) {
    const pem = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw fail('not_found', `The key ${file} cannot be read.`, {
        next: 'Give the path of a public key (PEM), such as <home>/audit-public.pem.',
        place: file,
        cause,
      });
    });
    const key = publicKey(pem);
    trusted.set(key.keyId, key.publicKey);
  }
  return trusted;
}

/** The log in the store against itself, its signed heads, and the heads that are kept outside of the database. */
export async function verifyStore(
  store: Store,
  home: string,
  options: { from?: string; keys: ReadonlyMap<string, string> },
): Promise<AuditReport> {
  const beside = path.join(existingHome(home).home, HEADS_FILE);
  const file = options.from ?? (existsSync(beside) ? beside : undefined);
  const kept = file === undefined ? [] : readHeads(file);
  // Heads first: what is signed while we read must not look cut off.
  const inStore = await store.audit.heads();
  const end = await store.audit.end();
  const heads = new Map(
    [...inStore, ...kept].map((head) => [
      JSON.stringify([head.seq, head.hash, head.at, head.keyId, head.signature]),
      head,
    ]),
  );
  return verifyAudit({
    entries: store.audit.entries(),
    heads: [...heads.values()],
    trusted: options.keys,
    end,
  });
}

/** The home's key, made at its first use. */
export function signingKeyOf(home: string): Promise<SigningKey> {
  const paths = existingHome(home);
  return homeSigningKey(paths.home, ownSecretResolver(paths.home));
}
