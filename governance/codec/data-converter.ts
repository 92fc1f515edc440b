import { join } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import type { Config } from '../../schemas/config';
import { fail } from '../../schemas/errors';
import type { ResolveSecret } from '../secrets';
import { loadKeyRing } from './keys';
import { EncryptionCodec } from './payload-codec';

/**
 * How clients, workers and the codec server write what Temporal keeps: encrypted where the configuration has a key,
 * plain where it says `encryption: off` or where Temporal is the embedded one and nothing is said.
 * Returns `undefined` for plain. Throws `invalid_config` for another Temporal without a word about encryption, and what
 * is wrong with the keys.
 */
export async function dataConverterFor(
  { encryption }: Pick<Config, 'encryption'>,
  temporal: { address: string; embedded: boolean },
  resolve: ResolveSecret,
): Promise<DataConverter | undefined> {
  if (encryption === 'off' || (encryption === undefined && temporal.embedded)) return undefined;
  if (encryption === undefined) {
    throw fail(
      'invalid_config',
      `Temporal at ${temporal.address} is not the embedded one, and there is no key to encrypt what it would be given.`,
      {
        next: 'Make a key (sluice secret generate payload-key), give it to every client and worker, and add `encryption: { key: secret://payload-key }` to sluice.config.yaml; or say `encryption: off`.',
        place: 'encryption',
      },
    );
  }
  const ring = await loadKeyRing(encryption, resolve);
  return {
    payloadCodecs: [new EncryptionCodec(ring)],
    failureConverterPath: join(__dirname, 'failure-converter'),
  };
}
