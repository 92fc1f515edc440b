import { fail, type SluiceError } from '../../../schemas/errors';

const TIMEOUT_MS = 5_000;
const LARGEST = 1_000_000;

/** Answers as JSON; never redirected elsewhere, bounded in time and size. Throws `issuer_unreachable`. */
export async function fetchJson(
  issuer: string,
  url: string,
  form?: Record<string, string>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  assertSecure(issuer, url);
  try {
    const answer = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: 'application/json' },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    });
    const text = await answer.text();
    if (text.length > LARGEST) throw unreachable(issuer);
    return { status: answer.status, body: JSON.parse(text) as Record<string, unknown> };
  } catch (cause) {
    throw unreachable(issuer, cause);
  }
}

export function unreachable(issuer: string, cause?: unknown): SluiceError {
  return fail('issuer_unreachable', `The issuer ${issuer} does not answer as an OpenID provider.`, {
    next: 'Try again when it is back, or use a local token: sluice login.',
    state: 'Nobody was signed in.',
    cause,
  });
}

function assertSecure(issuer: string, url: string): void {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: '', hostname: '' };
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol === 'https:' || (protocol === 'http:' && local)) return;
  throw unreachable(issuer, new Error(`${url} is not https`));
}
