import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { fail } from '../../schemas/errors';
import { frame, unframe } from './frame';
import type { KeyRing } from './keys';

/** As in Temporal's own samples, so that its tools say what they see. */
const ENCODING = 'binary/encrypted';
const CIPHER = 'AES-256-GCM';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const ENCODING_BYTES = Buffer.from(ENCODING);
const CIPHER_BYTES = Buffer.from(CIPHER);

const text = (bytes: Uint8Array | null | undefined): string =>
  bytes === null || bytes === undefined ? '' : Buffer.from(bytes).toString();

/** What is authenticated beside the text, so that none of the metadata can be exchanged. */
const aad = (id: string): Buffer => Buffer.from([ENCODING, CIPHER, id].join('\0'));

/** Whether a payload is one that `EncryptionCodec` made. */
export function isEncrypted(payload: Payload): boolean {
  return text(payload.metadata?.encoding) === ENCODING;
}

/**
 * Encrypts whole payloads, their metadata too: AES-256-GCM, a random nonce of 96 bits for each, the key's id beside it.
 * What is not encrypted is decoded as it is: Temporal's own tools start, signal and update runs with plain JSON.
 *
 * `decode` throws `payload_unreadable` for a payload of another key, or one that was changed.
 */
export class EncryptionCodec implements PayloadCodec {
  constructor(private readonly ring: KeyRing) {}

  encode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(payloads.map((payload) => this.encrypt(payload)));
  }

  // Async, so that what cannot be read rejects and is not thrown at whoever only asked.

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? this.decrypt(payload) : payload));
  }

  private encrypt(payload: Payload): Payload {
    const { active, keys } = this.ring;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', keys.get(active)!, nonce);
    cipher.setAAD(aad(active));
    const body = [nonce, cipher.update(frame(payload)), cipher.final(), cipher.getAuthTag()];
    return {
      metadata: {
        encoding: ENCODING_BYTES,
        'encryption-cipher': CIPHER_BYTES,
        'encryption-key-id': Buffer.from(active),
      },
      data: Buffer.concat(body),
    };
  }

  private decrypt({ metadata, data }: Payload): Payload {
    const id = text(metadata?.['encryption-key-id']);
    const key = this.ring.keys.get(id);
    if (!key || text(metadata?.['encryption-cipher']) !== CIPHER) throw unknownKey(id, this.ring);
    const bytes = Buffer.from(data ?? []);
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw changed(id);
    try {
      const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
      cipher.setAAD(aad(id));
      cipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const body = [cipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), cipher.final()];
      return unframe(Buffer.concat(body));
    } catch (cause) {
      throw changed(id, cause);
    }
  }
}

function unknownKey(id: string, { keys }: KeyRing): Error {
  const name = /^[0-9a-f]{16}$/.test(id) ? `key ${id}` : 'a key that is not one of Sluice’s';
  return fail(
    'payload_unreadable',
    `A payload was encrypted with ${name}; this process has ${[...keys.keys()].join(', ')}.`,
    {
      state: 'Nothing was decrypted. A run that meets this waits until its worker has the key.',
      next: 'Add the secret with that key to `encryption.olderKeys` in sluice.config.yaml, and restart the worker.',
      place: 'encryption',
    },
  );
}

function changed(id: string, cause?: unknown): Error {
  return fail('payload_unreadable', `A payload that names key ${id} was changed, or cut off, since.`, {
    state: 'Nothing of it was used.',
    next: 'Find out who wrote into Temporal’s database. `sluice show RUN` has what the store knows of the run.',
    cause,
  });
}
