import Table from 'cli-table3';
import type { CaseResult, Decided } from '../../../governance/policy/cases';
import type { PolicyWarning } from '../../../governance/policy/warnings';
import type { Condition, Decide, Policy, PolicyCase, PolicyRule } from '../../../schemas/policy';
import { windowWords } from '../../../schemas/gate';
import { counted, seconds } from './numbers';
import { NO_LINES } from './runs-table';
import { field, plainDeep, type Style } from './style';

/** The table of cases: what each expects, what was decided and by which rules. */
export function renderCases(given: readonly CaseResult[], style: Style): string {
  const { paint } = style;
  const results = plainDeep(given);
  const table = new Table({
    head: ['', 'CASE', 'EXPECTED', 'DECIDED', 'BY'].map((title) => paint.dim(title)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const { name, ok, expected, decided } of results) {
    const mark = ok ? paint.green('✓') : paint.red('✗');
    const rules = decided.rules.length > 0 ? decided.rules.join(', ') : paint.dim('the floor');
    table.push([mark, name, expectedWords(expected), decidedWords(decided), rules]);
  }
  const failed = results.filter(({ ok }) => !ok);
  return [
    ...table
      .toString()
      .split('\n')
      .map((line) => line.trimEnd()),
    '',
    ...failed.map(({ name, differs }) => paint.red(`✗ ${name}: ${differs.join('; ')}`)),
    failed.length === 0
      ? paint.green(`${counted(results.length, 'case')}, all as expected`)
      : paint.red(`${failed.length} of ${counted(results.length, 'case')} not as expected`),
  ].join('\n');
}

function expectedWords(expected: PolicyCase['expect']): string {
  if (typeof expected !== 'object') return decideWords(expected);
  const { deny, rules, ...rest } = expected;
  const parts = Object.entries(rest).map(([key, value]) =>
    typeof value === 'object'
      ? rolesWords(value)
      : key === 'approvers'
        ? approvers(Number(value))
        : `${key} ${value}`,
  );
  return [
    ...(deny === undefined ? [] : [deny ? 'deny' : 'not denied']),
    ...parts,
    ...(rules ? [`by ${rules.join(', ')}`] : []),
  ].join(', ');
}

function decidedWords({ deny, approvers: people, roles, separate, window }: Decided): string {
  if (deny) return 'deny';
  return [
    people === 0 ? 'auto' : approvers(people),
    ...(Object.keys(roles).length > 0 ? [rolesWords(roles)] : []),
    ...(separate ? ['not the author alone'] : []),
    ...(window ? ['in its window'] : []),
  ].join(', ');
}

const approvers = (people: number): string => counted(people, 'approver');
const rolesWords = (roles: Record<string, number>): string =>
  Object.entries(roles)
    .map(([role, count]) => `${count} ${role}`)
    .join(', ');

/** What a rule asks for, in a few words. */
export function decideWords(decide: Decide): string {
  if (decide === 'auto' || decide === 'deny') return decide;
  if (typeof decide === 'number') return decide === 0 ? 'auto' : approvers(decide);
  const { approvers: people, roles, separate, deadline, remind, window } = decide;
  return [
    ...(people === undefined ? [] : [approvers(people)]),
    ...(roles ? [rolesWords(roles)] : []),
    ...(separate ? ['not the author alone'] : []),
    ...(deadline ? [`within ${deadline}`] : []),
    ...(remind ? [`reminded ${remind.join(' and ')} before`] : []),
    ...(window ? [`applied ${windowWords(window)}`] : []),
  ].join(', ');
}

export function renderWarnings(given: readonly PolicyWarning[], style: Style): string[] {
  return plainDeep(given).map(({ rule, message }) =>
    field('warning', `${rule}: ${message}`, style, { indent: 0, colour: style.paint.yellow }),
  );
}

/** A policy as it is understood: what always holds, then each rule as a sentence. */
export function renderPolicy(given: Policy, about: { file: string; hash: string }, style: Style): string {
  const policy = plainDeep(given);
  const { paint } = style;
  const floor = policy.floor === 'default' ? 'the built-in policy (default/1)' : decideWords(policy.floor);
  return [
    `${paint.bold(policy.name)} ${paint.dim(`${about.file}, ${about.hash.slice(0, 12)}`)}`,
    ...(policy.description ? [policy.description.trim()] : []),
    '',
    field('floor', floor, style),
    ...(policy.separateDuty.length > 0
      ? [
          field(
            'duty',
            `in ${policy.separateDuty.join(', ')} the author’s approval alone is never enough`,
            style,
          ),
        ]
      : []),
    ...(policy.engine
      ? [field('opa', `${policy.engine.opa.url} package ${policy.engine.opa.package}`, style)]
      : []),
    '',
    ...policy.rules.flatMap((rule) => ruleLines(rule, style)),
    ...(policy.cedar ? ['', paint.dim('and as Cedar:'), policy.cedar.trimEnd()] : []),
  ].join('\n');
}

function ruleLines({ name, description, when, unless, decide }: PolicyRule, style: Style): string[] {
  const { paint } = style;
  const about = conditionWords(when);
  const except = unless ? ` unless ${conditionWords(unless)}` : '';
  return [
    `  ${paint.bold(name)}: ${decide === 'deny' ? paint.red('deny') : decideWords(decide)}`,
    field('when', `${about}${except}`, style, { indent: 4, column: 6 }),
    ...(description ? [field('', description, style, { indent: 4, column: 6, colour: paint.dim })] : []),
  ];
}

function conditionWords(condition: Condition): string {
  const parts = Object.entries(condition).map(([key, value]) => {
    if (typeof value === 'boolean') return `${value ? '' : 'not '}${key}`;
    if (Array.isArray(value)) return `${key} ${value.join(' or ')}`;
    const { over, upTo } = value as { over?: number; upTo?: number };
    const figure = (number: number): string =>
      key === 'seconds' ? seconds(number) : number.toLocaleString('en-US');
    return [
      ...(over === undefined ? [] : [`${key} over ${figure(over)}`]),
      ...(upTo === undefined ? [] : [`${key} up to ${figure(upTo)}`]),
    ].join(' and ');
  });
  return parts.length === 0 ? 'anything is written' : parts.join(', ');
}
