import type { Bound, Condition, Policy, PolicyRule } from '../../schemas/policy';
import { metByUnknown, type Where } from './compile';
import { fits } from './glob';
import { atLeast, join, NOTHING, requirementOf } from './requirement';
import { nextOpening } from './window';

/** Something in a policy that is allowed, but hardly what its writer meant. */
export interface PolicyWarning {
  /** The rule's name. */
  rule: string;
  what:
    'never_matches' | 'no_effect' | 'matched_by_no_case' | 'unknown_kind' | 'unknown_class' | 'never_opens';
  message: string;
  /** `file:line:column`, where the policy's text is at hand. */
  place?: string;
}

export interface Known {
  /** Kinds of steps there are. */
  kinds: readonly string[];
  /** Classes of data that are declared anywhere; `undefined`: that is not known here. */
  classes?: readonly string[];
  /** Names of the rules that match in some case; `undefined`: there are no cases. */
  matched?: ReadonlySet<string>;
}

/** Rules that can never match, change nothing, match nothing in the table of cases, or name what is not there. */
export function warningsOf(policy: Policy, known: Known): PolicyWarning[] {
  return policy.rules.flatMap((rule, index) => [
    ...contradictions(rule),
    ...withoutEffect(rule, index, policy),
    ...unknownNames(rule, known),
    ...windowWarnings(rule),
    ...(known.matched && !known.matched.has(rule.name)
      ? [warning(rule, 'matched_by_no_case', 'no case of the table matches it')]
      : []),
  ]);
}

const warning = (rule: PolicyRule, what: PolicyWarning['what'], message: string): PolicyWarning => ({
  rule: rule.name,
  what,
  message,
});

function contradictions(rule: PolicyRule): PolicyWarning[] {
  const { when, unless } = rule;
  const found: string[] = [];
  for (const key of ['rows', 'bytes', 'seconds', 'money'] as const) {
    const bound = when[key];
    if (bound?.over !== undefined && bound.upTo !== undefined && bound.over >= bound.upTo)
      found.push(`${key} cannot be over ${bound.over} and at most ${bound.upTo}`);
  }
  const reads = when.risk?.every((risk) => risk === 'read') === true;
  if (reads && when.writes) found.push('what only reads writes nothing');
  if (reads && when.lossy === true) found.push('what only reads loses nothing');
  if (unless && implies(when, unless, ['when', 'unless']))
    found.push('its `unless` holds whenever its `when` does');
  return found.map((why) => warning(rule, 'never_matches', `it can never match: ${why}`));
}

function withoutEffect(rule: PolicyRule, index: number, policy: Policy): PolicyWarning[] {
  const asks = requirementOf(rule.decide, rule.name);
  if (atLeast(NOTHING, asks) && asks.remindMs.length === 0) {
    const floor =
      policy.floor === 'auto'
        ? ''
        : '; to ask for less, give the rule that asks an `unless`, or lower the floor';
    return [warning(rule, 'no_effect', `it asks for nothing, and rules only ever add${floor}`)];
  }
  const shadow = policy.rules.find((other, at) => {
    if (at === index || !atLeast(requirementOf(other.decide, other.name), asks) || asks.remindMs.length > 0)
      return false;
    const same = implies(rule.when, other.when) && exceptsNoMore(rule, other);
    // Of two that are equal the later one is the one too many.
    const alsoBack = implies(other.when, rule.when) && atLeast(asks, requirementOf(other.decide, other.name));
    return same && !(alsoBack && at > index);
  });
  if (!shadow) return [];
  return [warning(rule, 'no_effect', `wherever it matches, "${shadow.name}" asks for as much or more`)];
}

/** Whether `other` also matches wherever `rule` does, as far as `unless` goes. */
function exceptsNoMore(rule: PolicyRule, other: PolicyRule): boolean {
  return (
    !other.unless || (rule.unless !== undefined && implies(other.unless, rule.unless, ['unless', 'unless']))
  );
}

function unknownNames({ name, when, unless }: PolicyRule, { kinds, classes }: Known): PolicyWarning[] {
  const found: PolicyWarning[] = [];
  for (const condition of [when, unless ?? {}]) {
    for (const kind of condition.kind ?? []) {
      if (!kinds.includes(kind))
        found.push({
          rule: name,
          what: 'unknown_kind',
          message: `there is no kind of step "${kind}" (${kinds.join(', ')})`,
        });
    }
    for (const each of condition.classification ?? []) {
      if (classes && !classes.includes(each))
        found.push({
          rule: name,
          what: 'unknown_class',
          message: `no data is classified "${each}" in the configuration`,
        });
    }
  }
  return found;
}

function windowWarnings(rule: PolicyRule): PolicyWarning[] {
  const { windows } = join([requirementOf(rule.decide, rule.name)]);
  if (windows.length === 0 || nextOpening(windows, new Date())) return [];
  return [warning(rule, 'never_opens', 'its change window never opens')];
}

const LISTS = ['risk', 'environment', 'kind', 'classification'] as const;
const GLOBS = ['goal', 'owner', 'author', 'reads', 'writes', 'relations'] as const;
const BOUNDS = ['rows', 'bytes', 'seconds', 'money'] as const;

/**
 * Whether `b`, a `when` or an `unless`, holds wherever `a` (a `when`, or both are an `unless`) does; `false` also where
 * that cannot be told.
 */
export function implies(a: Condition, b: Condition, [from, to]: [Where, Where] = ['when', 'when']): boolean {
  return (
    LISTS.every((key) => {
      const wide: readonly string[] | undefined = b[key];
      const narrow: readonly string[] | undefined = a[key];
      return !wide || narrow?.every((word) => wide.includes(word)) === true;
    }) &&
    GLOBS.every((key) => {
      const narrow = a[key];
      return !b[key] || narrow?.every((glob) => b[key]!.some((wide) => fits(wide, glob))) === true;
    }) &&
    (b.lossy === undefined || a.lossy === b.lossy) &&
    (b.routine === undefined || a.routine === b.routine) &&
    BOUNDS.every((key) => !b[key] || (a[key] !== undefined && within(a[key], b[key], [from, to]))) &&
    // Without `risk` a rule is about what writes.
    (b.risk !== undefined || a.risk?.includes('read') !== true)
  );
}

function within(a: Bound, b: Bound, [from, to]: [Where, Where]): boolean {
  const over = b.over === undefined || (a.over !== undefined && a.over >= b.over);
  const upTo = b.upTo === undefined || (a.upTo !== undefined && a.upTo <= b.upTo);
  return over && upTo && (!metByUnknown(a, from) || metByUnknown(b, to));
}
