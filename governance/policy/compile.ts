import type { Bound, Condition, PolicyRule } from '../../schemas/policy';

/**
 * A rule as a Cedar policy: `permit` means that the rule matches the change; what it asks for is not Cedar's business.
 * Texts in a rule are words or globs without quotes and backslashes (schemas/policy.ts), so that none can end early.
 */
export function compileRule({ name, when, unless }: PolicyRule): string {
  const conditions = [...clauses(when, 'when'), ...(when.risk ? [] : ['resource.risk != "read"'])];
  return [
    `@id(${quote(name)})`,
    'permit (principal, action == Action::"apply", resource)',
    `when { ${conditions.join(' && ')} }`,
    ...(unless ? [`unless { ${clauses(unless, 'unless').join(' && ') || 'true'} }`] : []),
  ]
    .join('\n')
    .concat(';');
}

/** The globs of a rule for relations; Cedar's sets cannot be searched with them, so they are matched beforehand. */
export function relationGlobs(rules: readonly PolicyRule[]): string[] {
  const globs = rules
    .flatMap(({ when, unless }) => [when, ...(unless ? [unless] : [])])
    .flatMap(({ reads = [], writes = [], relations = [] }) => [...reads, ...writes, ...relations]);
  return [...new Set(globs)].sort();
}

function clauses(condition: Condition, where: Where): string[] {
  const { risk, lossy, routine, environment, kind, goal, owner, author } = condition;
  const { reads, writes, relations, classification, asked, simulated } = condition;
  const among = (words: readonly string[] | undefined, what: string): string[] =>
    words ? [`${list(words)}.contains(${what})`] : [];
  const any = (words: readonly string[] | undefined, what: string): string[] =>
    words ? [`${what}.containsAny(${list(words)})`] : [];
  const like = (globs: readonly string[] | undefined, what: string): string[] =>
    globs ? [`(${globs.map((glob) => `${what} like ${quote(glob)}`).join(' || ')})`] : [];
  return [
    ...among(risk, 'resource.risk'),
    ...(lossy === undefined ? [] : [`resource.lossy == ${lossy}`]),
    ...(routine === undefined ? [] : [`resource.routine == ${routine}`]),
    ...among(environment, 'context.environment'),
    ...among(kind, 'resource.kind'),
    ...like(goal, 'context.goal'),
    ...(owner ? [`context has owner && ${like(owner, 'context.owner')[0]}`] : []),
    ...like(author, 'context.author'),
    ...(asked === undefined ? [] : [`context.asked == ${asked}`]),
    ...(simulated === undefined ? [] : [`context.simulated == ${simulated}`]),
    ...any(reads, 'resource.readsLike'),
    ...any(writes, 'resource.writesLike'),
    ...(relations
      ? [`(${any(relations, 'resource.readsLike')[0]} || ${any(relations, 'resource.writesLike')[0]})`]
      : []),
    ...any(classification, 'resource.classification'),
    ...bounded(condition.beyond, 'beyond', 1, where),
    ...bounded(condition.rows, 'rows', 1, where),
    ...bounded(condition.bytes, 'bytes', 1, where),
    ...bounded(condition.seconds, 'milliseconds', 1000, where),
    ...bounded(condition.money, 'cents', 100, where),
  ];
}

export type Where = 'when' | 'unless';

/** What is not known is taken for what asks for more: it meets a `when`, and does not meet an `unless`. */
export function metByUnknown({ unknown }: Bound, where: Where): boolean {
  return unknown === undefined ? where === 'when' : unknown === 'match';
}

function bounded(bound: Bound | undefined, attribute: string, factor: number, where: Where): string[] {
  if (!bound) return [];
  const { over, upTo } = bound;
  const known = [
    ...(over === undefined ? [] : [`context.${attribute} > ${scaled(over, factor)}`]),
    ...(upTo === undefined ? [] : [`context.${attribute} <= ${scaled(upTo, factor)}`]),
  ].join(' && ');
  return [`(if context has ${attribute} then ${known} else ${metByUnknown(bound, where)})`];
}

/** Cedar's numbers are whole: a fact is rounded up and a bound down, never in favour of less. */
const scaled = (value: number, factor: number): number =>
  Math.min(Math.floor(value * factor), Number.MAX_SAFE_INTEGER);

const quote = (text: string): string => `"${text}"`;
const list = (words: readonly string[]): string => `[${words.map(quote).join(', ')}]`;
