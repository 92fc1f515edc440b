import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { checkPolicy, POLICY_FILE } from '../../governance/policy/parse';
import { type LoadedPolicy, loadPolicy } from '../../governance/policy/engine';
import { fail, SluiceError } from '../../schemas/errors';
import { faultsOf } from '../../schemas/faults';
import { caseTableSchema, type Policy, type PolicyCase } from '../../schemas/policy';
import { readDocument, type DocumentSort, type ReadDocument } from './document';

const POLICY: DocumentSort = { code: 'policy_invalid', what: 'policy' };
const TABLE = /\.policy-test\.ya?ml$/;

/** The nearest `sluice.policy.yaml` from a directory upwards; `undefined` when there is none. */
export function findPolicyFile(from: string): string | undefined {
  for (let directory = path.resolve(from); ; directory = path.dirname(directory)) {
    const file = path.join(directory, POLICY_FILE);
    if (existsSync(file)) return file;
    if (directory === path.dirname(directory)) return undefined;
  }
}

export interface ReadPolicy {
  file: string;
  text: string;
  policy: Policy;
  document: ReadDocument;
}

/** A policy's file, checked against its schema. Throws `policy_invalid` with every fault and its place. */
export async function readPolicy(file: string): Promise<ReadPolicy> {
  const document = await readDocument(file, POLICY);
  const policy = checkPolicy(document.value, file, document.places.locate);
  return { file, text: document.text, policy, document };
}

/** The text of the policy that travels with a goal, checked as far as that goes without Cedar. */
export async function readPolicyText(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : (await readPolicy(file)).text;
}

/** The same, compiled and validated by Cedar. Throws `policy_invalid`, a rule's faults with its place. */
export function compiled({ file, text, document, policy }: ReadPolicy): LoadedPolicy {
  try {
    return loadPolicy({ from: 'worker', text, file });
  } catch (cause) {
    if (!(cause instanceof SluiceError) || !cause.problem.faults) throw cause;
    const faults = cause.problem.faults.map((fault) => {
      const rule = policy.rules.findIndex(({ name }) => name === fault.path);
      return { ...fault, place: document.places.of(rule < 0 ? 'cedar' : `rules[${rule}]`) };
    });
    throw new SluiceError({ ...cause.problem, faults, place: faults[0]?.place }, { cause });
  }
}

/** The policy that a command is about: the file that is named, else the nearest. Throws `not_found`. */
export function policyFile(named: string | undefined, cwd: string): string {
  const file = named ?? findPolicyFile(cwd);
  if (file !== undefined) return file;
  throw fail('not_found', `There is no ${POLICY_FILE} here or in a folder above.`, {
    next: `Give the policy's file, or write one: docs/policy.md has an example. Without one the built-in policy holds.`,
  });
}

export interface PolicyWithCases {
  read: ReadPolicy;
  cases: PolicyCase[];
  /** Files the cases come from. */
  tables: string[];
}

/**
 * A policy and its cases: its own, and those of every `*.policy-test.yaml` beside it that is about it; or of one such
 * file, with the policy that it names.
 */
export async function readCases(file: string): Promise<PolicyWithCases> {
  if (TABLE.test(file)) {
    const { policy, cases } = await readTable(file);
    return { read: await readPolicy(policy), cases, tables: [file] };
  }
  const read = await readPolicy(file);
  const folder = path.dirname(file);
  const beside = readdirSync(folder)
    .filter((name) => TABLE.test(name))
    .sort()
    .map((name) => path.join(folder, name));
  const all = await Promise.all(beside.map(readTable));
  const about = all.filter(({ policy }) => path.resolve(policy) === path.resolve(file));
  return {
    read,
    cases: [...read.policy.cases, ...about.flatMap(({ cases }) => cases)],
    tables: [...(read.policy.cases.length > 0 ? [file] : []), ...about.map((table) => table.file)],
  };
}

interface CaseTable {
  file: string;
  policy: string;
  cases: PolicyCase[];
}

async function readTable(file: string): Promise<CaseTable> {
  const { value, places } = await readDocument(file, { ...POLICY, what: 'table of cases' });
  const parsed = caseTableSchema.safeParse(value);
  if (!parsed.success) {
    const faults = places.locate(faultsOf(parsed.error));
    const many = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
    throw fail('policy_invalid', `The table of cases ${file} has ${many}.`, {
      next: 'Correct it and run the command again.',
      faults,
      place: faults[0]?.place,
    });
  }
  const { policy, cases } = parsed.data;
  return { file, policy: path.join(path.dirname(file), policy), cases };
}
