import path from 'node:path';
import { registry } from '../../../capabilities/registry';
import { runCase, type CaseResult } from '../../../governance/policy/cases';
import { type LoadedPolicy, PolicyEngine } from '../../../governance/policy/engine';
import { warningsOf, type PolicyWarning } from '../../../governance/policy/warnings';
import { secretResolver } from '../../../governance/secrets';
import type { Config } from '../../../schemas/config';
import { fail } from '../../../schemas/errors';
import { findConfigFile, loadConfig } from '../../core/config';
import { compiled, policyFile, readCases, type PolicyWithCases } from '../../core/policy';
import { renderCases, renderPolicy, renderWarnings } from '../render/policy';
import type { CommandResult, Terminal } from '../terminal';
import { homeOf } from '../home';

export interface CheckOptions {
  strict?: boolean;
}

export interface ShowPolicyOptions {
  cedar?: boolean;
}

/**
 * `sluice policy test [FILE]`: the table of cases against the policy; exit 1 when one is not as expected. Warns of rules
 * that no case matches, and of others that are hardly what was meant.
 */
export async function policyTest(terminal: Terminal, named: string | undefined): Promise<CommandResult> {
  const found = await open(terminal, named);
  const { file } = found.read;
  if (found.cases.length === 0) {
    throw fail('usage', `There are no cases for ${shown(terminal, file)}.`, {
      next: 'Write `cases:` into it, or a table beside it that is called *.policy-test.yaml.',
      place: file,
    });
  }
  const results = await runCases(terminal, found);
  const failed = results.filter(({ ok }) => !ok).length;
  const warnings = warningsAbout(found, results);
  return {
    document: {
      file,
      hash: found.loaded.hash,
      tables: found.tables,
      passed: results.length - failed,
      failed,
      cases: results,
      warnings,
    },
    text: [renderCases(results, terminal.out), ...renderWarnings(warnings, terminal.out)].join('\n'),
    exitCode: failed === 0 ? 0 : 1,
  };
}

/** `sluice policy check [FILE]`: whether it is valid, and which rules are hardly what was meant. */
export async function policyCheck(
  terminal: Terminal,
  named: string | undefined,
  options: CheckOptions,
): Promise<CommandResult> {
  const found = await open(terminal, named);
  const { policy, file } = found.read;
  const warnings = warningsAbout(found, await runCases(terminal, found));
  const { hash, rules } = found.loaded;
  const count = Object.keys(rules.texts).length;
  const verdict = `${shown(terminal, file)} is valid: ${count} ${count === 1 ? 'rule' : 'rules'}, ${found.cases.length} ${found.cases.length === 1 ? 'case' : 'cases'}.`;
  return {
    document: {
      file,
      name: policy.name,
      hash,
      ok: true,
      rules: Object.keys(rules.texts),
      cases: found.cases.length,
      warnings,
    },
    text: [terminal.out.paint.green(verdict), ...renderWarnings(warnings, terminal.out)].join('\n'),
    exitCode: options.strict && warnings.length > 0 ? 1 : 0,
  };
}

/** Rules that are hardly what was meant. What an OPA server would match is its own to say: the rules here are tried. */
function warningsAbout(found: Opened, results: readonly CaseResult[]): PolicyWarning[] {
  const matched = results.length === 0 ? undefined : new Set(results.flatMap(({ decided }) => decided.rules));
  const classes = classesIn(found.configs, found);
  return warningsOf(found.read.policy, { kinds: [...registry.keys()], classes, matched }).map((each) => ({
    ...each,
    place: placeOf(found, each.rule),
  }));
}

/** `sluice policy show [FILE]`: the policy as it is understood, with `--cedar` as Cedar evaluates it. */
export async function policyShow(
  terminal: Terminal,
  named: string | undefined,
  options: ShowPolicyOptions,
): Promise<CommandResult> {
  const { read, loaded } = await open(terminal, named);
  const { policy, file } = read;
  const { cases: _cases, ...content } = policy;
  const cedar = Object.values(loaded.rules.texts).join('\n\n');
  return {
    document: { file, hash: loaded.hash, policy: content, cedar: loaded.rules.texts },
    text: options.cedar
      ? cedar
      : renderPolicy(policy, { file: shown(terminal, file), hash: loaded.hash }, terminal.out),
    exitCode: 0,
  };
}

interface Opened extends PolicyWithCases {
  loaded: LoadedPolicy;
  configs: Config[];
}

async function open(terminal: Terminal, named: string | undefined): Promise<Opened> {
  const { cwd } = terminal.surroundings;
  const file = policyFile(named === undefined ? undefined : path.resolve(cwd, named), cwd);
  const found = await readCases(file);
  const config = findConfigFile(path.dirname(found.read.file));
  return {
    ...found,
    loaded: compiled(found.read),
    configs: config === undefined ? [] : [await loadConfig(config)],
  };
}

async function runCases(terminal: Terminal, { read, cases, configs }: Opened): Promise<CaseResult[]> {
  const engine = new PolicyEngine({
    own: () => Promise.resolve({ from: 'worker', text: read.text, file: read.file }),
    hosts: [],
    resolveSecret: secretResolver(homeOf(terminal), terminal.surroundings.env),
  });
  const results: CaseResult[] = [];
  for (const each of cases) results.push(await runCase(engine, each, configs));
  return results;
}

/** Every class that is declared, in the configuration or in a case; `undefined` where there is no configuration. */
function classesIn(configs: readonly Config[], { cases }: Opened): string[] | undefined {
  if (configs.length === 0) return undefined;
  const declared = configs.flatMap((config) => [
    config.classification,
    ...Object.values(config.connections).map(({ classification }) => classification),
  ]);
  const inCases = cases.flatMap(({ given }) => [
    ...(given.classification ?? []),
    ...(given.changes ?? []).flatMap(({ classification }) => classification),
  ]);
  return [...declared.flatMap((each) => Object.values(each ?? {}).flat()), ...inCases];
}

function placeOf({ read }: Opened, rule: string): string | undefined {
  const index = read.policy.rules.findIndex(({ name }) => name === rule);
  return index < 0 ? undefined : read.document.places.of(`rules[${index}]`);
}

/** A path as it is shortest from here. */
function shown({ surroundings: { cwd } }: Terminal, file: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') ? file : relative;
}
