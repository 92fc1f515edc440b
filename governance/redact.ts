/**
 * Secrets that this process has resolved. Every text that leaves the process (logs, errors, reports) goes through
 * `scrub`: a driver's message that quotes a password must not carry it into a history.
 */
const known = new Set<string>();

const MASK = '[redacted]';

export function rememberSecret(value: string): void {
  // Shorter ones would blank ordinary words; a secret that short is not one.
  if (value.length >= 4) known.add(value);
}

/** The text without any secret that was resolved here, and without the password part of URLs. */
export function scrub(text: string): string {
  let clean = text.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@]+@/gi, `$1:${MASK}@`);
  for (const secret of known) {
    if (clean.includes(secret)) clean = clean.replaceAll(secret, MASK);
    const encoded = encodeURIComponent(secret);
    if (encoded !== secret && clean.includes(encoded)) clean = clean.replaceAll(encoded, MASK);
  }
  return clean;
}

/** `scrub` for every string inside a JSON value. */
export function scrubDeep<T>(value: T): T {
  if (typeof value === 'string') return scrub(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => scrubDeep(item)) as T;
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, scrubDeep(item as unknown)]),
    ) as T;
  }
  return value;
}
