import { createHash, randomBytes } from 'node:crypto';

const PREFIX = 'slt_';
const TOKEN = /^slt_[A-Za-z0-9_-]{43}$/;

/** A new token: 256 random bits behind a prefix by which people and secret scanners know it. */
export const newToken = (): string => `${PREFIX}${randomBytes(32).toString('base64url')}`;

export const isToken = (text: string): boolean => TOKEN.test(text);

/** Starts like one of ours, whatever follows. */
export const looksLikeToken = (text: string): boolean => text.startsWith(PREFIX);

/**
 * What the store keeps of a token. One round of SHA-256 is enough: a slow hash such as scrypt makes the few passwords
 * that people think of expensive to try, and nobody tries 2^256 random ones. It lets a token be found by its hash, in
 * the time of an index look-up that says nothing of how much of a wrong one was right.
 */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');
