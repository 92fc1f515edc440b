import { durationMs } from '../../schemas/goal';
import type { Decide } from '../../schemas/policy';
import type { ChangeWindow, Gate } from '../../schemas/run';
import { canonicalJson } from '../../store/digest';

/**
 * What has to be given before a run may apply. Requirements are joined, never chosen between: each part takes its
 * strictest value, so that neither their order nor one more of them can make the whole weaker.
 */
export interface Requirement {
  /** Why it must not happen at all, whoever would approve. */
  deny: string[];
  approvers: number;
  roles: Record<string, number>;
  /** The author alone is not enough. */
  separate: boolean;
  /** Milliseconds; absent: the goal's own. */
  deadlineMs?: number;
  remindMs: number[];
  /** All must be open. */
  windows: ChangeWindow[];
}

export const NOTHING: Requirement = {
  deny: [],
  approvers: 0,
  roles: {},
  separate: false,
  remindMs: [],
  windows: [],
};

/** A rule's `decide` as a requirement. `why` is the reason of a denial. */
export function requirementOf(decide: Decide, why: string): Requirement {
  if (decide === 'auto') return NOTHING;
  if (decide === 'deny') return { ...NOTHING, deny: [why] };
  if (typeof decide === 'number') return { ...NOTHING, approvers: decide };
  const { approvers = 0, roles = {}, separate = false, deadline, remind = [], window } = decide;
  return {
    deny: [],
    approvers: Math.max(approvers, separate ? 1 : 0, ...Object.values(roles)),
    roles,
    separate,
    ...(deadline === undefined ? {} : { deadlineMs: durationMs(deadline) }),
    remindMs: remind.map(durationMs),
    windows: window ? [window] : [],
  };
}

/** Everything that any of them asks for. Associative, commutative and idempotent. */
export function join(requirements: readonly Requirement[]): Requirement {
  return requirements.reduce(both, NOTHING);
}

function both(a: Requirement, b: Requirement): Requirement {
  const roles: Record<string, number> = { ...a.roles };
  for (const [role, count] of Object.entries(b.roles)) roles[role] = Math.max(count, roles[role] ?? 0);
  const deadlines = [a.deadlineMs, b.deadlineMs].filter((ms) => ms !== undefined);
  return {
    deny: sorted([...a.deny, ...b.deny]),
    approvers: Math.max(a.approvers, b.approvers),
    roles: Object.fromEntries(Object.entries(roles).sort(([x], [y]) => (x < y ? -1 : 1))),
    separate: a.separate || b.separate,
    ...(deadlines.length === 0 ? {} : { deadlineMs: Math.min(...deadlines) }),
    remindMs: [...new Set([...a.remindMs, ...b.remindMs])].sort((x, y) => y - x),
    windows: unique([...a.windows, ...b.windows]),
  };
}

/** Whether `a` asks for everything that `b` asks for. */
export function atLeast(a: Requirement, b: Requirement): boolean {
  if (a.deny.length > 0) return true;
  if (b.deny.length > 0) return false;
  const windows = a.windows.map(canonicalJson);
  return (
    a.approvers >= b.approvers &&
    Object.entries(b.roles).every(([role, count]) => (a.roles[role] ?? 0) >= count) &&
    (a.separate || !b.separate) &&
    (a.deadlineMs ?? Infinity) <= (b.deadlineMs ?? Infinity) &&
    b.windows.every((window) => windows.includes(canonicalJson(window)))
  );
}

/** What `now` asks for that whoever opened `then` has not given, in plain words; empty when it still suffices. */
export function stricter(now: Gate, then: Gate): string[] {
  const windows = (then.windows ?? []).map(canonicalJson);
  const more: string[] = (now.denied ?? []).map((why) => `it denies: ${why}`);
  if (now.approvers > then.approvers) more.push(`${now.approvers} approvers instead of ${then.approvers}`);
  for (const [role, count] of Object.entries(now.roles ?? {})) {
    if (count > (then.roles?.[role] ?? 0)) more.push(`${count} with the role ${role}`);
  }
  if (then.localOverride && !now.localOverride) more.push('that nobody stands for two');
  if (now.verified && !then.verified) more.push('verified identities');
  const alone = (now.notAlone ?? []).filter((name) => !then.notAlone?.includes(name));
  if (alone.length > 0) more.push(`somebody other than ${alone.join(', ')}`);
  if ((now.windows ?? []).some((window) => !windows.includes(canonicalJson(window)))) {
    more.push('another change window');
  }
  return more;
}

function sorted(texts: string[]): string[] {
  return [...new Set(texts)].sort();
}

function unique(windows: ChangeWindow[]): ChangeWindow[] {
  const byText = new Map(windows.map((window) => [canonicalJson(window), window]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, window]) => window);
}
