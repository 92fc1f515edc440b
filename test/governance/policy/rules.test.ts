import { engineOf, gateFor, type Given, problemOf } from './support';

/** A policy of one rule, on a floor that asks for nothing. */
const rule = (when: string, decide = 'deny', more = ''): string =>
  `floor: auto\nrules: [{ name: r, when: ${when}, decide: ${decide}${more} }]\n`;
const matches = async (policy: string, given: Given): Promise<boolean> =>
  (await gateFor(engineOf(policy), given)).rules?.includes('r') === true;

describe('a rule', () => {
  it.each<[string, string, Given, Given]>([
    ['risk', '{ risk: [rewriting, destructive] }', { changes: [{ risk: 'destructive' }] }, {}],
    ['lossiness', '{ lossy: true }', { changes: [{ lossy: true }] }, {}],
    ['what is routine', '{ routine: false }', {}, { changes: [{ routine: true }] }],
    ['environment', '{ environment: protected }', { environment: 'protected' }, { environment: 'staging' }],
    ['owner', '{ owner: "*@bank.example" }', { owner: 'ann@bank.example' }, { owner: 'ann@shop.example' }],
    ['an owner that the goal lacks', '{ owner: "*" }', { owner: 'x' }, {}],
    ['author', '{ author: ci-* }', { author: 'ci-nightly' }, { author: 'ann' }],
    ['goal', '{ goal: [fin-*, pay] }', { goal: 'fin-daily' }, { goal: 'finance' }],
    ['kind of step', '{ kind: sql }', { changes: [{ kind: 'sql' }] }, { changes: [{ kind: 'model' }] }],
    ['what is written', '{ writes: "raw.*" }', {}, { changes: [{ writes: ['marts.t'], reads: ['raw.t'] }] }],
    ['what is read', '{ reads: "raw.*" }', { changes: [{ writes: ['m.t'], reads: ['raw.t'] }] }, {}],
    ['what is touched', '{ relations: "crm.*" }', { changes: [{ reads: ['crm.t'] }] }, {}],
    ['class of data', '{ classification: [pii, financial] }', { changes: [{ classification: ['pii'] }] }, {}],
    ['what came from plain words', '{ asked: true }', { asked: true }, {}],
    ['a simulated rehearsal', '{ simulated: true }', { simulated: true }, {}],
    ['what nobody asked for', '{ beyond: { over: 0 } }', { asked: true, beyond: 1 }, { asked: true }],
    ['rows', '{ rows: { over: 1000 } }', { rows: 1001 }, { rows: 1000 }],
    ['bytes', '{ bytes: { over: 1 GB } }', { bytes: 1e9 + 1 }, { bytes: 1e9 }],
    ['seconds', '{ seconds: { over: 10m } }', { seconds: 600.5 }, { seconds: 600 }],
    ['money', '{ money: { over: 4.99 } }', { money: 5 }, { money: 4.99 }],
    ['a range', '{ rows: { over: 10, upTo: 20 } }', { rows: 20 }, { rows: 21 }],
  ])('matches by %s', async (_what, when, yes, no) => {
    expect(await matches(rule(when), yes)).toBe(true);
    expect(await matches(rule(when), no)).toBe(false);
  });

  it('matches when any change of the proposal does', async () => {
    const given = { changes: [{}, { risk: 'destructive' as const }] };
    expect(await matches(rule('{ risk: destructive }'), given)).toBe(true);
  });

  it('that says nothing of risk is about what writes, not about what only reads', async () => {
    const reads = { changes: [{ risk: 'read' as const, writes: [], reads: ['raw.t'] }] };
    expect(await matches(rule('{ relations: "raw.*" }'), reads)).toBe(false);
    expect(await matches(rule('{ relations: "raw.*", risk: read }'), reads)).toBe(true);
  });

  it('takes an estimate that is not known for more than its bound, unless it says otherwise', async () => {
    expect(await matches(rule('{ rows: { over: 10 } }'), {})).toBe(true);
    expect(await matches(rule('{ rows: { over: 10, unknown: ignore } }'), {})).toBe(false);
    expect(await matches(rule('{}', 'deny', ', unless: { rows: { upTo: 10 } }'), {})).toBe(true);
    expect(await matches(rule('{}', 'deny', ', unless: { rows: { upTo: 10 } }'), { rows: 5 })).toBe(false);
  });

  it('does not match where its `unless` does', async () => {
    const policy = rule('{ risk: additive }', '2', ', unless: { goal: demo-*, environment: dev }');
    expect(await matches(policy, { goal: 'demo-1' })).toBe(false);
    expect(await matches(policy, { goal: 'demo-1', environment: 'staging' })).toBe(true);
  });

  it('asks for people, roles, separation, a deadline, reminders and a window', async () => {
    const decide =
      '{ approvers: 2, roles: { dba: 1 }, separate: true, deadline: 2h, remind: [1h, 10m], window: { timezone: Europe/Berlin, days: [sat, sun], from: "22:00", to: "04:00" } }';
    expect(await gateFor(engineOf(rule('{}', decide)), {})).toMatchObject({
      approvers: 2,
      roles: { dba: 1 },
      notAlone: ['ann'],
      deadlineMs: 7_200_000,
      remindMs: [3_600_000, 600_000],
      windows: [{ timezone: 'Europe/Berlin', days: ['sat', 'sun'], from: '22:00', to: '04:00' }],
      localOverride: false,
      rules: ['r'],
    });
  });
});

describe('what holds', () => {
  const severe = { changes: [{ risk: 'destructive' as const }] };

  it('without any policy is the built-in one', async () => {
    expect(await gateFor(engineOf(undefined), severe)).toMatchObject({ approvers: 2, localOverride: true });
    expect(await gateFor(engineOf(undefined), {})).not.toHaveProperty('rules');
  });

  it('is never less than the floor, which is the built-in policy unless the file says otherwise', async () => {
    const auto = 'rules: [{ name: r, decide: auto }]';
    expect(await gateFor(engineOf(auto), severe)).toMatchObject({ approvers: 2, localOverride: true });
    expect(await gateFor(engineOf(`floor: auto\n${auto}`), severe)).toMatchObject({ approvers: 0 });
    expect(await gateFor(engineOf(`floor: 3\n${auto}`), {})).toMatchObject({ approvers: 3 });
  });

  it('is the stricter of the worker’s own policy and the one that came with the goal', async () => {
    const own = 'name: own\nfloor: auto\nrules: [{ name: a, decide: { roles: { dba: 1 } } }]';
    const project = 'name: project\nfloor: auto\nrules: [{ name: b, decide: 2 }]';
    const gate = await gateFor(engineOf(own), { project });
    expect(gate).toMatchObject({ approvers: 2, roles: { dba: 1 }, rules: ['a', 'b'] });
  });

  it('asks nobody where nothing would change', async () => {
    expect(await gateFor(engineOf('floor: 3'), { changes: [] })).toMatchObject({ approvers: 0 });
  });

  it('lets nobody at the machine stand for those a rule asks for', async () => {
    expect(await gateFor(engineOf('rules: [{ name: r, decide: 2 }]'), severe)).toMatchObject({
      localOverride: false,
    });
    expect(await gateFor(engineOf('rules: [{ name: r, decide: 1 }]'), severe)).toMatchObject({
      localOverride: true,
    });
  });

  it('in a protected environment wants somebody else than the author, and identities that were verified', async () => {
    const gate = await gateFor(engineOf('name: any'), { environment: 'protected' });
    expect(gate).toMatchObject({ approvers: 1, notAlone: ['ann'], verified: true });
    const alone = await gateFor(engineOf('separateDuty: []'), { environment: 'protected' });
    expect(alone).not.toHaveProperty('notAlone');
    expect(await gateFor(engineOf(undefined), { environment: 'protected' })).toMatchObject({
      verified: true,
    });
  });

  it('wants two people where it does not know who the author is: one of them is somebody else', async () => {
    const unknown = { environment: 'protected', authorVerified: false } as const;
    expect(await gateFor(engineOf('name: any'), unknown)).toMatchObject({ approvers: 2, notAlone: [] });
    expect(await gateFor(engineOf('name: any'), { ...unknown, changes: [] })).toMatchObject({ approvers: 0 });
    expect(await gateFor(engineOf('separateDuty: []'), unknown)).toMatchObject({ approvers: 1 });
  });

  it('denies what a rule denies, with its reason, whatever else asks for less', async () => {
    const policy = `rules:
  - { name: no-drops, description: ask the platform team, when: { risk: destructive }, decide: deny }
  - { name: fine, decide: auto }`;
    expect(await gateFor(engineOf(policy), severe)).toMatchObject({
      denied: ['no-drops: ask the platform team'],
    });
  });

  it('cannot be that windows are waited for which are never open together', async () => {
    const window = (day: string): string => `{ window: { days: ${day}, from: "10:00", to: "11:00" } }`;
    const policy = `rules: [{ name: a, decide: ${window('mon')} }, { name: b, decide: ${window('tue')} }]`;
    expect(await problemOf(gateFor(engineOf(policy)))).toMatchObject({ code: 'policy_invalid' });
  });
});

describe('a policy given as Cedar', () => {
  it('asks for what @decide says where it permits, and denies where it forbids', async () => {
    const policy = `floor: auto
cedar: |
  @id("pii-needs-dpo") @decide("{ approvers: 2, roles: { dpo: 1 } }")
  permit (principal, action, resource) when { resource in Classification::"pii" };
  @id("no-raw-drops") @reason("raw is forever")
  forbid (principal, action, resource in Schema::"raw") when { resource.risk == "destructive" };
`;
    const engine = engineOf(policy);
    expect(await gateFor(engine, { changes: [{ classification: ['pii'] }] })).toMatchObject({
      approvers: 2,
      roles: { dpo: 1 },
      rules: ['pii-needs-dpo'],
    });
    expect(await gateFor(engine, { changes: [{ risk: 'destructive' }] })).toMatchObject({
      denied: ['no-raw-drops: raw is forever'],
    });
    expect(
      await gateFor(engine, { changes: [{ risk: 'destructive', writes: ['marts.t'] }] }),
    ).not.toHaveProperty('denied');
  });
});

describe('a policy with a fault denies, and says where it is', () => {
  it.each<[string, string, string]>([
    ['that is not YAML', 'rules: [', '(document)'],
    ['with an unknown key', 'rulez: []', 'rulez'],
    [
      'with an unknown condition',
      'rules: [{ name: r, when: { rsk: read }, decide: auto }]',
      'rules[0].when.rsk',
    ],
    ['with an unknown risk', 'rules: [{ name: r, when: { risk: bad }, decide: auto }]', 'rules[0].when.risk'],
    ['with a decision that is none', 'rules: [{ name: r, decide: perhaps }]', 'rules[0].decide'],
    [
      'with two rules of one name',
      'rules: [{ name: r, decide: 1 }, { name: r, decide: 2 }]',
      'rules[1].name',
    ],
    [
      'with a zone that there is not',
      'floor: { window: { timezone: Mars/X, from: "01:00", to: "02:00" } }',
      'floor.window.timezone',
    ],
    [
      'with a glob that would end a text of Cedar',
      `rules: [{ name: r, when: { goal: 'a" || true' }, decide: 1 }]`,
      'rules[0].when.goal',
    ],
    ['with Cedar that does not parse', 'cedar: "permit (principal"', 'cedar'],
    [
      'with Cedar about what there is not',
      `cedar: '@decide("2") permit (principal, action, resource) when { resource.rsk == "a" };'`,
      'cedar-1',
    ],
    [
      'with Cedar that may meet what is not known',
      `cedar: '@decide("2") permit (principal, action, resource) when { context.rows > 5 };'`,
      'cedar-1',
    ],
    [
      'with Cedar that permits and asks for nothing',
      `cedar: 'permit (principal, action, resource);'`,
      'cedar.cedar-1',
    ],
    [
      'with Cedar that asks for nonsense',
      `cedar: '@decide("{ approver: 2 }") permit (principal, action, resource);'`,
      'cedar.cedar-1.@decide',
    ],
    [
      'with aliases that expand without end',
      'a: &a [x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: &d [*c, *c, *c]\ne: [*d, *d, *d]',
      '(document)',
    ],
  ])('%s', async (_what, text, path) => {
    const problem = await problemOf(gateFor(engineOf(text)));
    expect(problem).toMatchObject({ code: 'policy_invalid', state: expect.stringContaining('denied') });
    expect(problem.faults!.map((fault) => fault.path)).toContain(path);
  });

  it('also when it is the other one that has none', async () => {
    expect(await problemOf(gateFor(engineOf('floor: auto'), { project: 'rules: 1' }))).toMatchObject({
      code: 'policy_invalid',
    });
    expect(await problemOf(engineOf(undefined).check('rules: 1'))).toMatchObject({ code: 'policy_invalid' });
  });
});
