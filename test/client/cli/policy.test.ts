import path from 'node:path';
import { runCli } from '../../../client/cli/run';
import { folder } from '../support/files';
import { surroundings } from '../support/surroundings';

const POLICY = `name: house
floor: auto
rules:
  - { name: big, when: { rows: { over: 10 } }, decide: 2 }
  - { name: people, when: { classification: pii }, decide: { roles: { dpo: 1 } } }
`;
const CASES = `cases:
  - { name: small, given: { rows: 1 }, expect: auto }
  - { name: large, given: { rows: 11 }, expect: { approvers: 2, rules: [big] } }
`;

/** A command in a folder with these files. */
async function sluice(files: Record<string, string>, ...args: string[]) {
  const root = folder(files);
  const given = { ...surroundings(), cwd: root };
  const exitCode = await runCli(args, given);
  return { exitCode, ...given.output() };
}

describe('sluice policy test', () => {
  it('passes when every case is as expected, and prints each with the rules that decided', async () => {
    const ran = await sluice({ 'sluice.policy.yaml': POLICY + CASES }, 'policy', 'test');
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toMatch(/✓ +large +2 approvers, by big +2 approvers +big/);
    expect(ran.stdout).toContain('2 cases, all as expected');
  });

  it('warns of a rule that matches in no case, which is no failure', async () => {
    const files = { 'sluice.policy.yaml': POLICY + CASES };
    const ran = await sluice(files, 'policy', 'test');
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(ran.stdout).toMatch(/warning +people: no case of the table matches it/);
    const { warnings } = JSON.parse((await sluice(files, 'policy', 'test', '--json')).stdout) as {
      warnings: unknown[];
    };
    expect(warnings).toMatchObject([{ rule: 'people', what: 'matched_by_no_case' }]);
  });

  it('fails with 1, and says what differs', async () => {
    const wrong = `${POLICY}${CASES}  - { name: wrong, given: { rows: 11 }, expect: auto }\n`;
    const ran = await sluice({ 'sluice.policy.yaml': wrong }, 'policy', 'test', '--json');
    expect(ran.exitCode).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      passed: 2,
      failed: 1,
      cases: [
        { ok: true },
        { ok: true },
        {
          name: 'wrong',
          ok: false,
          decided: { approvers: 2, rules: ['big'] },
          differs: [expect.any(String)],
        },
      ],
    });
  });

  it('takes the tables beside the policy too, and what the configuration says of the data', async () => {
    const files = {
      'sluice.policy.yaml': POLICY,
      'sluice.config.yaml': 'classification: { crm.people: pii }\n',
      'people.policy-test.yaml':
        'cases: [{ name: p, given: { reads: crm.people, rows: 1 }, expect: { roles: { dpo: 1 } } }]',
      'other.policy-test.yaml': 'policy: elsewhere.yaml\ncases: [{ name: o, expect: deny }]',
    };
    const all = await sluice(files, 'policy', 'test', '--json');
    expect(JSON.parse(all.stdout)).toMatchObject({ passed: 1, failed: 0 });
    const one = await sluice(files, 'policy', 'test', 'people.policy-test.yaml', '--json');
    expect(JSON.parse(one.stdout)).toMatchObject({ passed: 1, failed: 0 });
  });

  it('without cases, or without a policy, is a usage error', async () => {
    expect((await sluice({ 'sluice.policy.yaml': POLICY }, 'policy', 'test')).exitCode).toBe(2);
    const none = await sluice(
      {},
      'policy',
      'test',
      path.join('/', 'nowhere', 'sluice.policy.yaml'),
      '--json',
    );
    expect(none.exitCode).toBe(2);
    expect(JSON.parse(none.stdout)).toMatchObject({ error: { code: 'not_found' } });
  });
});

describe('sluice policy check', () => {
  it('warns of a rule that matches nothing; --strict makes that a failure', async () => {
    const files = { 'sluice.policy.yaml': POLICY + CASES };
    const ran = await sluice(files, 'policy', 'check', '--json');
    expect(ran.exitCode).toBe(0);
    const { warnings } = JSON.parse(ran.stdout);
    expect(warnings).toEqual([
      {
        rule: 'people',
        what: 'matched_by_no_case',
        message: expect.any(String),
        place: expect.stringMatching(/sluice\.policy\.yaml:5:5$/),
      },
    ]);
    expect((await sluice(files, 'policy', 'check', '--strict')).exitCode).toBe(1);
  });

  it('fails on a fault, with its line and column', async () => {
    const ran = await sluice(
      { 'sluice.policy.yaml': 'rules:\n  - { name: r, decide: maybe }\n' },
      'policy',
      'check',
    );
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(/sluice\.policy\.yaml:2:\d+ +rules\[0\]\.decide/);
  });
});

describe('sluice policy show', () => {
  it('prints the rules as they are understood, and as Cedar', async () => {
    const files = { 'sluice.policy.yaml': POLICY };
    expect((await sluice(files, 'policy', 'show')).stdout).toContain('big: 2 approvers');
    expect((await sluice(files, 'policy', 'show', '--cedar')).stdout).toContain('context.rows > 10');
    expect(JSON.parse((await sluice(files, 'policy', 'show', '--json')).stdout)).toMatchObject({
      policy: { name: 'house', floor: 'auto', rules: [{ name: 'big' }, { name: 'people' }] },
    });
  });
});
