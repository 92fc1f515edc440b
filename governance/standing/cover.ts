import type { Change, RelationName } from '../../schemas/change';
import type { ChangeSummary, Gate } from '../../schemas/run';
import type { Coverage, StandingBounds, StandingGrant } from '../../schemas/standing';

/** A change as far as it matters here: as policy judges it, and what it was proposed for. */
export type Repeated = Pick<ChangeSummary, 'step' | 'risk' | 'noop' | 'routine' | 'lossy' | 'estimate'> &
  Pick<Change, 'fingerprints'>;

export interface RunToCover {
  key: string;
  /** What policy requires for it. */
  gate: Pick<Gate, 'approvers' | 'roles' | 'verified' | 'notAlone'>;
  changes: readonly Repeated[];
  now: Date;
}

/** A grant as it is now: with the roles its grantor still has, and why they may not approve any more, if so. */
export type GrantNow = StandingGrant & { lost?: string };

export type Verdict = { covered: Coverage } | { why: string[] };

/**
 * Whether standing approvals open a run's gate: all its acting changes are loads and refreshes without loss, of the
 * same goal under the same policy on the same target, into the same structure, within bounds, and as many people as
 * policy asks for have granted it. Anything else is a new proposal; `why` says what, of the newest grant. Pure.
 */
export function cover(run: RunToCover, grants: readonly GrantNow[]): Verdict {
  const [first] = grants;
  if (!first) return { why: [] };
  const unusual = run.changes.filter((change) => isUnusual(change));
  if (unusual.length > 0) {
    const steps = unusual.map((change) => change.step).join(', ');
    return { why: [`no standing approval covers more than loads and refreshes without loss: ${steps}`] };
  }
  const objections = grants.map((grant) => objectionsTo(run, grant));
  const fitting = newestOfEach(grants.filter((_, index) => objections[index]!.length === 0));
  const chosen = enough(run.gate, fitting);
  if (chosen) return { covered: coverageOf(chosen) };
  if (objections[0]!.length > 0)
    return { why: objections[0]!.map((text) => `the standing approval of ${first.by}: ${text}`) };
  return { why: [`policy asks for more than the standing approvals of ${namesOf(fitting)}`] };
}

/** Anything but a load or a refresh that can be taken back whole. */
export function isUnusual({
  noop,
  risk,
  routine,
  lossy,
}: Pick<Repeated, 'noop' | 'risk' | 'routine' | 'lossy'>): boolean {
  return !noop && risk !== 'read' && (!routine || lossy.length > 0);
}

/** Why a grant does not cover a run of loads and refreshes, in plain words; empty: it does. */
function objectionsTo(run: RunToCover, grant: GrantNow): string[] {
  if (grant.revokedAt !== undefined) return [`was revoked by ${grant.revokedBy ?? 'somebody'}`];
  if (Date.parse(grant.expiresAt) <= run.now.getTime()) return [`expired ${grant.expiresAt.slice(0, 10)}`];
  if (grant.lost !== undefined) return [`does not count any more: ${grant.lost}`];
  if (grant.structure === null) return [`counts once its run ${grant.runId} has succeeded`];
  if (grant.key !== run.key) return ['is for another goal document, policy or target'];
  if (run.gate.verified === true && !grant.verified)
    return ['was given by somebody whose identity was not verified'];
  return [...moved(run.changes, grant.structure), ...passed(grant.bounds, totals(run.changes))];
}

function moved(changes: readonly Repeated[], structure: NonNullable<StandingGrant['structure']>): string[] {
  const names = new Set<RelationName>();
  const strange = new Set<RelationName>();
  for (const { noop, fingerprints } of changes) {
    if (noop) continue;
    for (const [name, fingerprint] of Object.entries(fingerprints)) {
      if (!Object.hasOwn(structure, name)) strange.add(name);
      else if (structure[name] !== fingerprint) names.add(name);
    }
  }
  return [
    ...[...names]
      .sort()
      .map((name) => `${name} has another structure, owner or privileges than after the approved run`),
    ...[...strange].sort().map((name) => `${name} was not part of the approved run`),
  ];
}

export interface Totals {
  rows: number;
  bytes: number;
  seconds: number;
}

/** What all acting changes together are estimated to write and take. */
export function totals(changes: readonly Pick<Repeated, 'noop' | 'estimate'>[]): Totals {
  const sum = (key: keyof Totals): number =>
    changes.reduce((total, { noop, estimate }) => total + (noop ? 0 : (estimate[key] ?? 0)), 0);
  return { rows: sum('rows'), bytes: sum('bytes'), seconds: sum('seconds') };
}

function passed(bounds: StandingBounds, { rows, bytes, seconds }: Totals): string[] {
  const over = (what: string, found: number, most: number | undefined): string[] =>
    most !== undefined && found > most
      ? [`covers at most ${most} ${what}; about ${Math.ceil(found)} are estimated`]
      : [];
  return [
    ...over('rows', rows, bounds.maxRows),
    ...over('bytes', bytes, bounds.maxBytes),
    ...over('seconds', seconds, bounds.maxSeconds),
  ];
}

/** One person counts once, however often they have granted it. Grants come newest first. */
function newestOfEach(grants: readonly StandingGrant[]): StandingGrant[] {
  return grants.filter((grant, index) => grants.findIndex((other) => other.by === grant.by) === index);
}

/** As many as policy asks for, with the roles it asks for; `undefined` when they do not suffice. */
function enough(gate: RunToCover['gate'], grants: readonly StandingGrant[]): StandingGrant[] | undefined {
  if (grants.length < gate.approvers) return undefined;
  for (const [role, number] of Object.entries(gate.roles ?? {})) {
    if (grants.filter((grant) => grant.roles.includes(role)).length < number) return undefined;
  }
  if (gate.notAlone && grants.every((grant) => gate.notAlone!.includes(grant.by))) return undefined;
  // The fewest that do: with roles or separation of duty, all of them, so that none is left out that counts.
  return gate.roles || gate.notAlone ? [...grants] : grants.slice(0, gate.approvers);
}

function coverageOf(grants: readonly StandingGrant[]): Coverage {
  const least = (key: keyof StandingBounds): StandingBounds => {
    const known = grants.map((grant) => grant.bounds[key]).filter((value) => value !== undefined);
    return known.length === 0 ? {} : { [key]: Math.min(...known) };
  };
  return {
    grants: grants.map((grant) => grant.id),
    by: grants.map((grant) => grant.by),
    until: grants.map((grant) => grant.expiresAt).sort()[0]!,
    bounds: { ...least('maxRows'), ...least('maxBytes'), ...least('maxSeconds'), ...least('maxQuarantine') },
  };
}

const namesOf = (grants: readonly StandingGrant[]): string => grants.map((grant) => grant.by).join(' and ');
