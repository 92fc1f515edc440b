import { fail } from '../../../schemas/errors';
import { callerName } from '../../core/caller';
import { openHomeStore } from '../../core/stack';
import { renderStanding } from '../render/standing';
import type { CommandResult, Terminal } from '../terminal';
import { homeOf } from '../with-link';

export interface StandingListOptions {
  goal?: string;
  all?: boolean;
}

export interface StandingRevokeOptions {
  by?: string;
}

/** `sluice standing list`; `--json` gives `{standing: […]}`. */
export async function standingList(terminal: Terminal, options: StandingListOptions): Promise<CommandResult> {
  const store = await openHomeStore(homeOf(terminal));
  try {
    const standing = await store.standing.list({ goal: options.goal, active: options.all !== true });
    return { document: { standing }, text: renderStanding(standing, terminal.out), exitCode: 0 };
  } finally {
    await store.close();
  }
}

/** `sluice standing revoke`; `--json` gives `{revoked: […]}`. */
export async function standingRevoke(
  terminal: Terminal,
  which: string,
  options: StandingRevokeOptions,
): Promise<CommandResult> {
  const by = options.by ?? callerName(terminal.surroundings.env);
  const store = await openHomeStore(homeOf(terminal));
  try {
    const revoked = await store.standing.revoke(which, by);
    if (revoked.length === 0) {
      throw fail('not_found', `There is no standing approval "${which}" that could be revoked.`, {
        next: 'List them: sluice standing list.',
      });
    }
    for (const { id, runId } of revoked) {
      await store.record.event(runId, 'standing_revoked', by, { standing: id });
    }
    const lines = revoked.map(
      ({ goal, by: whose }) =>
        `The standing approval of ${whose} for ${goal} is revoked: its next run waits.`,
    );
    return { document: { revoked }, text: lines.join('\n'), exitCode: 0 };
  } finally {
    await store.close();
  }
}
