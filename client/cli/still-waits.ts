import type { RunDocument } from '../../schemas/run';
import { moment } from './render/numbers';

/** Why a run still waits after a decision: for somebody else, or for its change window. */
export function stillWaits({ needs, opensAt }: RunDocument, counted: string): string {
  if (opensAt !== undefined)
    return `Approved; it is applied when its change window opens, ${moment(opensAt)}.`;
  const missing = needs?.length
    ? `still missing: ${needs.join(', ')}`
    : 'another person has to approve as well';
  return `${counted}; ${missing}.`;
}

/** Why nobody is asked: the gate would not count what they answer. */
export function notVerified(by: string): string {
  return `Only a verified identity counts here, and nobody vouches for ${by}: the run waits. Sign in (sluice login) and approve it, or have somebody approve it who is.`;
}
