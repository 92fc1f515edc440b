import { revokeStanding } from '../../core/standing';
import { openHomeStore } from '../../core/home-store';
import { renderStanding } from '../render/standing';
import type { CommandResult, Terminal } from '../terminal';
import { callerAt, deciding } from '../caller';
import { homeOf } from '../home';
import { withStore } from '../with-store';

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

/** `sluice standing revoke`; `--json` gives `{revoked: […]}`. By whoever calls, as for a decision. */
export function standingRevoke(
  terminal: Terminal,
  which: string,
  options: StandingRevokeOptions,
): Promise<CommandResult> {
  return withStore(terminal, async (at) => {
    const caller = await callerAt(terminal, at, 'decide', 'revoking a standing approval');
    const revoked = await revokeStanding(at.store, which, deciding(terminal, caller, options.by));
    const lines = revoked.map(
      ({ goal, by: whose }) =>
        `The standing approval of ${whose} for ${goal} is revoked: its next run waits.`,
    );
    return { document: { revoked }, text: lines.join('\n'), exitCode: 0 };
  });
}
