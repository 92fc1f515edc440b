import { loadKeyRing } from '../../governance/codec/keys';
import { openSecrets } from '../../governance/open-secrets';
import { loadConfig } from '../../runtime/config';
import { type Diagnosis, examine, failed, ok, warning } from '../../runtime/doctor/check';
import { existingHome, findConfig } from '../../runtime/home';
import { temporalSettings } from '../../runtime/temporal/settings';

const NAME = 'encryption';
const MEND =
  'sluice secret generate payload-key; give it to every client and worker, then add `encryption: { key: secret://payload-key }` to sluice.config.yaml';

/**
 * Whether what Temporal keeps is encrypted, and with which key: ids only, which say nothing about the keys. A Temporal
 * that is not the embedded one, where others can read, is worth a warning when it is not.
 */
export function encryptionCheck(home: string, cwd = process.cwd(), env = process.env): Promise<Diagnosis> {
  return examine(NAME, async () => {
    const config = loadConfig(findConfig(home, cwd, env));
    const { encryption } = config;
    const { address } = temporalSettings(config.temporal, env);
    if (encryption === 'off' || encryption === undefined) {
      if (address === undefined) return ok(NAME, 'none: Temporal is the embedded one, on this machine');
      if (encryption === 'off')
        return warning(NAME, `off: Temporal at ${address} can read what runs are given and answer`, MEND);
      return failed(
        NAME,
        'invalid_config',
        `no key, and Temporal at ${address} is not the embedded one`,
        MEND,
      );
    }
    const { resolve } = openSecrets(config.secrets, existingHome(home).home, env);
    const { active, keys } = await loadKeyRing(encryption, resolve);
    const older = [...keys.keys()].filter((id) => id !== active);
    const rest = older.length === 0 ? '' : `; ${older.join(', ')} can still decrypt`;
    return ok(NAME, `key ${active} encrypts${rest}`);
  });
}
