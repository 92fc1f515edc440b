import { openSecrets } from '../../../governance/open-secrets';
import { loadConfig } from '../../../runtime/config';
import { findConfig } from '../../../runtime/home';
import { fail } from '../../../schemas/errors';
import { durationMs, durationSchema } from '../../../schemas/goal';
import { LineageOutbox } from '../../../store/lineage/outbox';
import { lineageEndpoint } from '../../../workers/lineage-settings';
import { callerAt } from '../caller';
import type { CommandResult, Terminal } from '../terminal';
import { withStore } from '../with-store';

export interface LineageResendOptions {
  since?: string;
}

/** `lineage resend --json`: how many are queued, by what had become of them before. */
export interface LineageResendDocument {
  queued: number;
  parked: number;
  delivered: number;
  off: number;
}

/** `sluice lineage resend`: events are queued again for the endpoint; a worker sends them, in order. */
export function lineageResend(terminal: Terminal, options: LineageResendOptions): Promise<CommandResult> {
  const since = options.since === undefined ? undefined : timeOf(options.since);
  return withStore(terminal, async (at) => {
    const caller = await callerAt(terminal, at, 'run', 'sending lineage again');
    const counts = await new LineageOutbox(at.store.db).resend(since);
    const queued = counts.parked + counts.delivered + counts.off;
    const data = { ...counts, since: since?.toISOString() ?? null, verified: caller.verified };
    if (queued > 0)
      await at.store.audit.append({ actor: caller.by, action: 'lineage_resent', subject: 'lineage', data });
    if (queued > 0 && !hasEndpoint(terminal, at.home)) {
      terminal.say(
        '! No endpoint is configured here (lineage.url, OPENLINEAGE_URL): a worker without one lets them go again.',
      );
    }
    const document: LineageResendDocument = { queued, ...counts };
    return { document, text: sentence(document, since), exitCode: 0 };
  });
}

function sentence({ queued, parked, delivered, off }: LineageResendDocument, since?: Date): string {
  if (queued === 0) {
    return since === undefined
      ? 'No event was refused by the endpoint; what waits is sent when it answers. With --since, all from then on are sent again.'
      : `No event was written since ${since.toISOString()} that is not waiting already.`;
  }
  const parts = [
    parked > 0 ? `${parked} refused before` : '',
    delivered > 0 ? `${delivered} delivered before` : '',
    off > 0 ? `${off} never sent` : '',
  ].filter((part) => part !== '');
  return `${queued} events are queued (${parts.join(', ')}); a worker sends them in order. sluice doctor says how it goes.`;
}

/** A time (ISO 8601), or how long ago: `6h`, `2d`. Throws `usage`. */
function timeOf(text: string): Date {
  if (durationSchema.safeParse(text).success) return new Date(Date.now() - durationMs(text));
  const time = Date.parse(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(time)) return new Date(time);
  throw fail('usage', `"${text}" is no time.`, {
    next: 'Write it as 2026-11-01, 2026-11-01T06:00:00Z, or how long ago: 6h, 2d.',
  });
}

function hasEndpoint(terminal: Terminal, home: string): boolean {
  const { cwd, env } = terminal.surroundings;
  const config = loadConfig(findConfig(home, cwd));
  return lineageEndpoint(config, openSecrets(config.secrets, home, env).resolve, env) !== undefined;
}
