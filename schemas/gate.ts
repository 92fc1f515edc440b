import type { ChangeWindow, Gate, Voter } from './run';

/** What a gate asks for, counted and in words: the same in a workflow, on a terminal and in Temporal's UI. */

/** What is still missing before the gate opens, each in a few words; empty when it is open. */
export function missingAt(gate: Gate, voters: readonly Voter[]): string[] {
  const missing: string[] = [];
  const people = gate.approvers - voters.length;
  if (people > 0)
    missing.push(`${people} ${voters.length > 0 ? 'more ' : ''}${people === 1 ? 'approver' : 'approvers'}`);
  for (const [role, wanted] of rolesOf(gate)) {
    const left = wanted - voters.filter((voter) => voter.roles.includes(role)).length;
    if (left > 0) missing.push(`${left} with the role ${role}`);
  }
  const authors = gate.notAlone ?? [];
  if (gate.approvers > 0 && authors.length > 0 && voters.every(({ by }) => authors.includes(by))) {
    missing.push(`somebody other than ${authors.join(', ')}`);
  }
  return missing;
}

/** What a gate asks for: `2 approvers, of them 1 with the role dba, not ann alone`. */
export function asksWords(gate: Gate): string {
  const roles = rolesOf(gate).map(([role, count]) => `${count} with the role ${role}`);
  return [
    `${gate.approvers} ${gate.approvers === 1 ? 'approver' : 'approvers'}${gate.verified ? ' whose identity is verified' : ''}`,
    ...(roles.length > 0 ? [`of them ${roles.join(' and ')}`] : []),
    ...(gate.notAlone?.length ? [`not ${gate.notAlone.join(', ')} alone`] : []),
  ].join(', ');
}

/** `mon, tue 22:00-02:00 Europe/Berlin` */
export function windowWords({ days, from, to, timezone }: ChangeWindow): string {
  return `${days.length === 7 ? 'every day' : days.join(', ')} ${from}-${to} ${timezone}`;
}

function rolesOf(gate: Gate): [string, number][] {
  return Object.entries(gate.roles ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}
