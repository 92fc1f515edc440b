import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { RunListing } from '../../client/core/runs/list';
import type { ScheduleView } from '../../client/core/schedules/look';
import type { Problem } from '../../schemas/errors';
import type { PlanDocument, RunDocument } from '../../schemas/run';
import type { StandingGrant } from '../../schemas/standing';
import type { StatusDocument } from '../../runtime/stack/status';
import { ended, said, TestStack } from './support/stack';

jest.setTimeout(120_000);

type ScheduleDocument = { goal: string; schedule: ScheduleView };
type Failed = { goal?: string; runId?: string; error: Problem };

/** The command line on a stack of its own: every command, as a program reads it. */
describe('the command line', () => {
  const stack = new TestStack();
  beforeAll(() => stack.up(), 300_000);
  afterAll(() => stack.down());

  const goal = (name: string, steps: string, head = ''): string =>
    stack.write(`${name}.yaml`, `apiVersion: sluice/v1\ngoal: ${name}\n${head}steps:\n${steps}`);
  /** A goal that loads two rows into a table of its own. */
  const load = (name: string, head = ''): string => {
    stack.write(`${name}.csv`, 'id,name\n1,ann\n2,bob\n');
    return goal(
      name,
      `  - id: load\n    ingest: { from: { files: ${name}.csv }, into: raw.${name} }\n`,
      head,
    );
  };
  const drop = (name: string): string =>
    goal(`drop_${name}`, `  - id: drop\n    sql: { statements: drop table raw.${name} }\n`);
  const tables = async (): Promise<string[]> => {
    const rows = await stack.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'raw'`,
    );
    return rows.map((row) => row.name);
  };

  describe('people', () => {
    afterAll(() => stack.run('logout'));

    it('sign in with a token that is shown once, and what they decide is verified to be theirs', async () => {
      expect(await stack.json('whoami')).toMatchObject({ code: 0, verified: false, method: 'os' });
      await stack.json('user', 'add', 'ann', '--role', 'dba');
      const { stdout: token, stderr } = await stack.run(
        'token',
        'create',
        '--user',
        'ann',
        '--scope',
        'decide,run,admin',
      );
      expect(token).toMatch(/^slt_[A-Za-z0-9_-]{43}\n$/);
      expect(stderr).toContain('shown this once');
      expect((await stack.run('token', 'list')).stdout).not.toContain(token.trim());
      expect(await stack.typed(token, 'login', '--token-stdin', '--json')).toMatchObject({ code: 0 });
      expect(statSync(path.join(stack.root, '.config/sluice/credentials.json')).mode & 0o777).toBe(0o600);
      expect(await stack.json('whoami')).toMatchObject({ by: 'ann', verified: true, roles: ['dba'] });
      const { runId } = await stack.json<RunDocument>('apply', load('signed'));
      expect(await stack.json('approve', runId, '--by', 'bob')).toMatchObject({ error: { code: 'usage' } });
      expect(await stack.json('approve', runId)).toMatchObject({ code: 0, status: 'succeeded' });
      expect((await stack.run('show', runId)).stdout).toContain('approved by ann via cli, verified by token');
    });

    it('are told when their token is good for nothing any more, and nothing is started', async () => {
      const { tokens } = await stack.json<{ tokens: { id: string }[] }>('token', 'list');
      await stack.json('token', 'revoke', tokens[0]!.id);
      const before = (await stack.json<{ runs: RunListing[] }>('runs')).runs.length;
      expect(await stack.json('apply', load('revoked'))).toMatchObject({
        code: 2,
        error: { code: 'token_invalid' },
      });
      expect((await stack.json<{ runs: RunListing[] }>('runs')).runs).toHaveLength(before);
      expect(await stack.json('logout')).toMatchObject({ code: 0, signedOut: true });
      expect(await stack.json('whoami')).toMatchObject({ code: 0, verified: false });
    });
  });

  describe('plan', () => {
    it('prints the proposal, changes nothing and leaves nothing waiting', async () => {
      const plan = await stack.json<PlanDocument>('plan', load('planned'));
      expect(plan).toMatchObject({
        code: 0,
        goal: 'planned',
        status: 'planned',
        digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        changes: [
          {
            step: 'load',
            kind: 'ingest',
            risk: 'additive',
            writes: expect.arrayContaining(['raw.planned']) as [],
          },
        ],
        gates: [{ approvers: 1 }],
        rehearsal: { status: 'proven', undoProven: true },
      });
      expect(Object.keys(plan).slice(0, 7)).toEqual([
        'goal',
        'runId',
        'status',
        'digest',
        'changes',
        'gates',
        'rehearsal',
      ]);
      expect(await tables()).not.toContain('planned');
      expect((await stack.json<{ runs: [] }>('runs', '--status', 'waiting')).runs).toEqual([]);
    });

    it('reads well', async () => {
      const { code, stdout, stderr } = await stack.run('plan', load('planned'));
      expect(code).toBe(0);
      expect(stdout).toMatch(/^planned: 1 change adds; all of it can be undone, which was proven\n/);
      expect(stderr).toContain('rehearsing on a shadow …');
    });

    it('of a bad goal says every fault with its line, before anything is started', async () => {
      const file = goal(
        'bad',
        '  - id: a\n    ingest: { into: raw.x, from: { files: a.csv }, mood: merge }\n',
        'ownr: me\n',
      );
      const failed = await stack.json<Failed>('plan', file);
      expect(failed).toMatchObject({
        code: 2,
        error: { code: 'invalid_goal', faults: [{ place: `${file}:3:1` }, { path: 'steps[0].ingest.mood' }] },
      });
      expect(failed).toMatchObject({ goal: 'bad' });
      expect(failed.runId).toBeUndefined();
      expect((await stack.run('plan', file)).stderr).toContain(`${file}:3:1`);
    });

    it('of a goal whose files are not there fails with the run that found out', async () => {
      const file = goal('nowhere', '  - id: a\n    ingest: { into: raw.x, from: { files: nowhere.csv } }\n');
      expect(await stack.json<PlanDocument>('plan', file)).toMatchObject({
        code: 2,
        goal: 'nowhere',
        status: 'rolled_back',
        changes: [],
        error: { code: 'source_missing', step: 'a' },
      });
    });
  });

  describe('apply', () => {
    it('with --yes loads, and the second time finds nothing new', async () => {
      const file = load('twice');
      const first = await stack.json<RunDocument>('apply', file, '--yes');
      expect(first).toMatchObject({
        code: 0,
        status: 'succeeded',
        workflowId: first.runId,
        steps: [
          { id: 'load', kind: 'ingest', status: 'applied', rows: { read: 2, inserted: 2, quarantined: 0 } },
        ],
      });
      expect(await stack.query('select count(*)::int as n from raw.twice')).toEqual([{ n: 2 }]);
      const second = await stack.run('apply', file, '--no-input');
      expect(second.code).toBe(0);
      expect(second.stdout).toContain('nothing new');
    });

    it('without --yes, and nobody to ask, waits with the commands that decide', async () => {
      const { code, stdout } = await stack.run('apply', load('waits'));
      expect(code).toBe(3);
      const [, runId, digest] = /sluice approve (\S+) --digest ([0-9a-f]{12})/.exec(stdout)!;
      expect(await tables()).not.toContain('waits');
      const approved = await stack.json<RunDocument>('approve', runId!, '--digest', digest!, '--by', 'ann');
      expect(approved).toMatchObject({ code: 0, runId, status: 'succeeded' });
    });

    it('takes everything back when a check fails', async () => {
      const file = goal(
        'fails',
        `  - id: load\n    ingest: { from: { files: fails.csv }, into: raw.fails }\n  - id: none\n    needs: [load]\n    check: { sql: select 1 where (select count(*) from raw.fails) > 1100 }\n`,
      );
      // The rehearsal sees a sample; only the whole file fails the check.
      stack.write('fails.csv', `id\n${Array.from({ length: 1200 }, (_, index) => index).join('\n')}\n`);
      const failed = await stack.json<RunDocument>('apply', file, '--yes');
      expect(failed).toMatchObject({
        code: 1,
        status: 'rolled_back',
        error: { code: 'check_failed', step: 'none' },
        steps: [{ status: 'undone' }, { status: 'failed' }],
      });
      expect(await tables()).not.toContain('fails');
    });

    it('with --detach returns when it is approved', async () => {
      const detached = await stack.json<RunDocument>('apply', load('detached'), '--yes', '--detach');
      expect(detached.code).toBe(0);
      expect(['applying', 'succeeded']).toContain(detached.status);
    });

    it('is left by Ctrl-C, and goes on', async () => {
      const child = stack.start('apply', load('left'), '--no-input', '--json');
      await said(child, 'looking at what would change', 'rehearsing on a shadow');
      child.kill('SIGINT');
      const { code, stdout, stderr } = await ended(child);
      expect(code).toBe(130);
      const { runId } = JSON.parse(stdout) as RunDocument;
      expect(stderr).toContain(`sluice cancel ${runId}`);
      for (let status = ''; status !== 'waiting';)
        ({ status } = await stack.json<RunDocument>('show', runId));
      expect(await stack.json<RunDocument>('cancel', runId)).toMatchObject({ code: 0, status: 'undone' });
    });

    it.each(['worker', 'temporal'] as const)('goes on when the %s is killed', async (part) => {
      const name = `killed_${part}`;
      const status = await stack.json<StatusDocument>('status');
      const child = stack.start('apply', load(name), '--yes', '--json');
      await said(child, 'looking at what would change', 'rehearsing on a shadow');
      process.kill(status[part].pid!, 'SIGKILL');
      const { code, stdout } = await ended(child);
      expect(JSON.parse(stdout)).toMatchObject({ status: 'succeeded' });
      expect(code).toBe(0);
      expect(await stack.query(`select count(*)::int as n from raw.${name}`)).toEqual([{ n: 2 }]);
    });
  });

  describe('what destroys', () => {
    beforeAll(async () => {
      await stack.run('apply', load('old'), '--yes');
    });

    it('is not approved by --yes alone', async () => {
      const waiting = await stack.json<RunDocument>('apply', drop('old'), '--yes');
      expect(waiting).toMatchObject({ code: 3, status: 'waiting' });
      expect(await tables()).toContain('old');
      expect(await stack.json('reject', waiting.runId)).toMatchObject({ code: 0, status: 'rejected' });
    });

    it('is approved by repeating its name, and undone with its rows', async () => {
      const dropped = await stack.json<RunDocument>('apply', drop('old'), '--yes', '--confirm', 'raw.old');
      expect(dropped).toMatchObject({ code: 0, status: 'succeeded' });
      expect(await tables()).not.toContain('old');
      expect(await stack.json<RunDocument>('undo', dropped.runId)).toMatchObject({
        code: 0,
        status: 'undone',
      });
      expect(await stack.query('select name from raw.old order by id')).toEqual([
        { name: 'ann' },
        { name: 'bob' },
      ]);
    });

    it('needs two different people otherwise', async () => {
      const { runId } = await stack.json<RunDocument>('apply', drop('old'));
      expect(await stack.json('approve', runId, '--by', 'ann')).toMatchObject({ code: 3, status: 'waiting' });
      expect(await stack.json('approve', runId, '--by', 'ann')).toMatchObject({
        code: 2,
        error: { code: 'decision_duplicate' },
      });
      expect(await stack.json('approve', runId, '--by', 'bob')).toMatchObject({
        code: 0,
        status: 'succeeded',
      });
    });
  });

  describe('a decision', () => {
    let runId = '';
    beforeAll(async () => {
      ({ runId } = await stack.json<RunDocument>('apply', load('decided')));
    });

    it.each([
      ['for another digest', ['--digest', '0'.repeat(64)], 'decision_stale'],
      ['by nobody', ['--by', ''], 'decision_unidentified'],
      ['with a name that is not asked for', ['--confirm', 'raw.else'], 'decision_unconfirmed'],
      ['with a digest too short to mean anything', ['--digest', 'abc'], 'usage'],
    ])('%s changes nothing', async (_what, args, code) => {
      expect(await stack.json('approve', runId, ...args)).toMatchObject({ code: 2, runId, error: { code } });
      expect(await stack.json('show', runId)).toMatchObject({ code: 0, status: 'waiting' });
    });

    it('after the end is late, and all of them are on the record', async () => {
      expect(await stack.json('reject', runId, '--comment', 'no', '--by', 'eve')).toMatchObject({
        code: 0,
        status: 'rejected',
      });
      expect(await stack.json('approve', runId)).toMatchObject({ code: 4, error: { code: 'decision_late' } });
      const { stdout } = await stack.run('show', runId);
      expect(stdout).toContain('rejected by eve via cli, unverified: no');
      for (const reason of ['stale', 'unidentified', 'late'])
        expect(stdout).toContain(`not counted (decision_${reason})`);
    });
  });

  describe('undo', () => {
    it('takes a load back, and says so again when it is asked again', async () => {
      const { runId } = await stack.json<RunDocument>('apply', load('undone'), '--yes');
      expect(await stack.json('undo', runId)).toMatchObject({
        code: 0,
        status: 'undone',
        steps: [{ status: 'undone' }],
      });
      expect(await tables()).not.toContain('undone');
      expect(await stack.json('undo', runId)).toMatchObject({ code: 0, status: 'undone' });
      expect(await stack.json('show', runId)).toMatchObject({ status: 'undone' });
      expect((await stack.json<Failed>('cancel', runId)).error.message).toContain('has ended (undone)');
    });

    it('is refused when somebody has built on it, naming what stands in the way', async () => {
      const { runId } = await stack.json<RunDocument>('apply', load('based'), '--yes');
      await stack.query('create view raw.upon as select * from raw.based');
      const refused = await stack.json<RunDocument>('undo', runId);
      expect(refused).toMatchObject({ code: 1, status: 'succeeded', error: { code: 'undo_refused' } });
      expect(JSON.stringify(refused.error)).toContain('upon');
      expect(await tables()).toContain('based');
    });

    it('of a run that waits says to reject it', async () => {
      const { runId } = await stack.json<RunDocument>('apply', load('unapplied'));
      expect(await stack.json<Failed>('undo', runId)).toMatchObject({
        code: 1,
        error: { code: 'undo_refused', next: expect.stringContaining(`sluice reject ${runId}`) as string },
      });
    });
  });

  describe('a held run', () => {
    /** Fails until the table `allowed` is there. */
    const held = (name: string): string =>
      goal(
        name,
        `  - id: load\n    ingest: { from: { files: ${name}.csv }, into: raw.${name} }\n  - id: gate\n    needs: [load]\n    check: { sql: select 1 where (select count(*) from raw.${name}) > 1100 and to_regclass('public.allow_${name}') is null }\n`,
        'onFailure: hold\n',
      );
    const start = async (name: string): Promise<RunDocument & { code: number | null }> => {
      stack.write(`${name}.csv`, `id\n${Array.from({ length: 1200 }, (_, index) => index).join('\n')}\n`);
      return stack.json<RunDocument>('apply', held(name), '--yes');
    };

    it('needs a person, who has what failed tried again', async () => {
      const { code, status, runId, error } = await start('retried');
      expect({ code, status, error: error?.code }).toEqual({
        code: 5,
        status: 'held',
        error: 'check_failed',
      });
      expect(await stack.json('retry', runId)).toMatchObject({ code: 5, status: 'held' });
      await stack.query('create table public.allow_retried ()');
      expect(await stack.json('retry', runId)).toMatchObject({ code: 0, status: 'succeeded' });
      expect(await stack.json('retry', runId)).toMatchObject({ code: 2, error: { code: 'usage' } });
    });

    it('or has it taken back', async () => {
      const { runId } = await start('takenback');
      expect(await tables()).toContain('takenback');
      expect(await stack.json('undo', runId)).toMatchObject({ code: 0, status: 'rolled_back' });
      expect(await tables()).not.toContain('takenback');
    });
  });

  describe('runs and show', () => {
    it('list the newest first, and find one by the beginning of its id', async () => {
      const { runId } = await stack.json<RunDocument>('apply', load('listed'));
      const { runs } = await stack.json<{ runs: RunListing[] }>('runs', '--goal', 'listed');
      expect(runs).toMatchObject([{ runId, goal: 'listed', status: 'waiting', mode: 'apply' }]);
      expect(await stack.json('show', runId.slice(0, -3))).toMatchObject({ code: 0, runId });
      expect(await stack.json('show', 'last')).toMatchObject({ code: 0, runId });
    });

    it('show of one that waits has its proposal', async () => {
      const { stdout } = await stack.run('show', 'last');
      expect(stdout).toContain('can be undone, which was proven');
      expect(stdout).toMatch(/approve {3}sluice approve listed-/);
    });

    it.each([
      ['nobody’s', 'nothing-like-it', 'not_found'],
      ['several', 'd', 'usage'],
    ])('refuse what is %s', async (_what, wanted, code) => {
      expect(await stack.json('show', wanted)).toMatchObject({ code: 2, error: { code } });
    });
  });

  describe('a schedule', () => {
    const head = `schedule: { cron: '0 6 1 1 *', timezone: Europe/Berlin }\n`;

    it('is made, changed, looked at, steered and removed', async () => {
      const made = await stack.json<ScheduleDocument>('schedule', load('yearly', head));
      expect(made).toMatchObject({ code: 0, goal: 'yearly', outcome: 'created', changes: [], warnings: [] });
      expect(made.schedule.next[0]).toMatch(/-01-01T05:00:00.000Z$/);
      const changed = load('yearly', head.replace('0 6', '0 7'));
      expect(await stack.json('schedule', changed)).toMatchObject({
        outcome: 'updated',
        changes: ['schedule.cron: "0 6 1 1 *" → "0 7 1 1 *"'],
      });
      expect(await stack.json('schedule', 'pause', 'yearly', '--note', 'a holiday')).toMatchObject({
        paused: true,
        note: expect.stringContaining('a holiday') as string,
      });
      expect((await stack.run('schedule', 'list')).stdout).toMatch(/^yearly +paused +0 7 1 1 \* \(Europe/m);
      expect(await stack.json('schedule', 'resume', 'yearly')).toMatchObject({ code: 0, paused: false });
      expect(await stack.json('schedule', 'remove', 'yearly')).toEqual({
        code: 0,
        goal: 'yearly',
        removed: true,
      });
      expect(await stack.json('schedule', 'show', 'yearly')).toMatchObject({
        code: 2,
        goal: 'yearly',
        error: { code: 'not_found' },
      });
    });

    it('that cannot be is refused, with its place', async () => {
      const bad = load('never', `schedule: { cron: '61 6 * * *', timezone: Mars/Olympus }\n`);
      const { code, error } = await stack.json<Failed>('schedule', bad);
      expect([code, error.code]).toEqual([2, 'invalid_goal']);
      expect(error.faults).toMatchObject([
        { path: 'schedule.cron', place: expect.stringContaining('never.yaml:3:') as string },
        { path: 'schedule.timezone' },
      ]);
      expect(await stack.json('schedule', load('once'))).toMatchObject({
        code: 2,
        error: { code: 'invalid_goal' },
      });
    });

    it('with a standing approval needs nobody, until that is revoked', async () => {
      const file = load('repeats', head);
      const terms = ['--standing', '--expires', '90d', '--max-rows', '1_000'];
      expect(await stack.json('apply', file, '--yes', ...terms)).toMatchObject({ status: 'succeeded' });
      const [grant] = (await stack.json<{ standing: StandingGrant[] }>('standing', 'list')).standing;
      expect(grant).toMatchObject({ goal: 'repeats', bounds: { maxRows: 1000 } });
      stack.write('repeats.csv', 'id,name\n1,ann\n2,bob\n3,eve\n');
      const covered = await stack.run('apply', file, '--no-input');
      expect(covered).toMatchObject({ code: 0 });
      expect(covered.stdout).toContain('covered by the standing approval of');
      expect(await stack.json('standing', 'revoke', grant!.id.slice(0, 8))).toMatchObject({ code: 0 });
      stack.write('repeats.csv', 'id,name\n1,ann\n2,bob\n3,eve\n4,kim\n');
      const waiting = await stack.json<RunDocument>('apply', file, '--no-input');
      expect(waiting).toMatchObject({ code: 3, status: 'waiting' });
      expect((await stack.run('show', waiting.runId)).stdout).toContain('was revoked by');
      expect(await stack.json('reject', waiting.runId)).toMatchObject({ code: 0 });
      expect(await stack.json('standing', 'revoke', 'repeats')).toMatchObject({ code: 2 });
    });
  });

  describe('retention', () => {
    it('sweep --dry-run shows and changes nothing; sweep does it', async () => {
      await stack.json('apply', load('swept'), '--yes');
      await stack.query('create table sluice.trash_0123456789ab_1 (id int)');
      const shown = await stack.json<PlanDocument>('sweep', '--dry-run');
      expect(shown).toMatchObject({ code: 0, status: 'planned', gates: [{ approvers: 0 }] });
      expect(shown.changes[0]!.findings).toContainEqual(expect.objectContaining({ rule: 'sweep_undo' }));
      expect(
        await stack.query(`select to_regclass('sluice.trash_0123456789ab_1') is not null as there`),
      ).toEqual([{ there: true }]);
      expect(await stack.json('sweep')).toMatchObject({ code: 0, status: 'succeeded' });
      expect(await stack.query(`select to_regclass('sluice.trash_0123456789ab_1') is null as gone`)).toEqual([
        { gone: true },
      ]);
    });

    it('erase takes the value from stdin, needs the name repeated, and cannot be undone', async () => {
      await stack.json('apply', load('persons'), '--yes');
      const asked = await stack.typed(
        'ann\n',
        'erase',
        '--table',
        'raw.persons',
        '--where',
        'name=-',
        '--yes',
        '--json',
      );
      expect(JSON.parse(asked.stdout)).toMatchObject({ status: 'waiting' });
      expect(asked.code).toBe(3);
      const { runId } = JSON.parse(asked.stdout) as RunDocument;
      const erased = await stack.json<RunDocument>('approve', runId, '--confirm', 'raw.persons');
      expect(erased).toMatchObject({ code: 0, status: 'succeeded', steps: [{ rows: { deleted: 1 } }] });
      expect(await stack.query('select name from raw.persons')).toEqual([{ name: 'bob' }]);
      expect(await stack.json<Failed>('undo', runId)).toMatchObject({
        code: 1,
        error: { code: 'undo_refused' },
      });
      expect(await stack.json<Failed>('erase', '--table', 'raw.persons', '--where', 'id')).toMatchObject({
        code: 2,
        error: { code: 'usage' },
      });
      expect(await stack.json<Failed>('erase', '--table', 'raw.nobody', '--where', 'id=1')).toMatchObject({
        code: 2,
        error: { code: 'not_found' },
      });
    });
  });

  describe('operators', () => {
    it('pause a run and let it go on; one that has ended cannot be paused', async () => {
      const { runId } = await stack.json<RunDocument>('apply', load('paused'));
      expect(await stack.json('pause', runId)).toMatchObject({ code: 0, status: 'waiting', paused: true });
      const approved = await stack.json<RunDocument>('approve', runId, '--no-wait');
      expect(approved).toMatchObject({ code: 0 });
      expect(await stack.json('show', runId)).toMatchObject({ status: 'applying', paused: true });
      expect(await stack.json<RunDocument>('resume', runId)).not.toHaveProperty('paused');
      const end = async (): Promise<string> => (await stack.json<RunDocument>('show', runId)).status;
      while ((await end()) === 'applying') await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await end()).toBe('succeeded');
      expect(await stack.json('pause', runId)).toMatchObject({ code: 2, error: { code: 'usage' } });
    });

    it('see metrics where status says, and test who is told', async () => {
      const { worker } = await stack.json<StatusDocument>('status');
      const page = await (await fetch(worker.metrics!)).text();
      expect(page).toContain('\nsluice_store_up 1');
      expect(page).toContain('\ntemporal_');
      stack.write('sluice.config.yaml', 'notifiers:\n  log: { kind: log }\n');
      expect(await stack.json('notify', 'test', 'log')).toMatchObject({ code: 0, sent: true });
      expect(await stack.json('notify', 'test', 'nobody')).toMatchObject({
        code: 2,
        error: { code: 'not_found', next: 'One of: log.' },
      });
    });
  });

  describe('the record', () => {
    it('says what a column is made of, and that the audit log is as it was written', async () => {
      await stack.json('apply', load('recorded'), '--yes');
      const lineage = await stack.run('lineage', 'raw.recorded.name');
      expect(lineage).toMatchObject({ code: 0 });
      expect(lineage.stdout).toMatch(/recorded\.csv · name identity +recorded\.load/);
      const missing = await stack.run('lineage', 'raw.recorded.nam');
      expect(missing).toMatchObject({ code: 2, stdout: '' });
      expect(missing.stderr).toContain(
        'No run has recorded a column "nam" of raw.recorded. Did you mean "name"?',
      );
      expect(await stack.json('lineage', 'raw.recordet')).toMatchObject({
        code: 2,
        error: {
          code: 'not_found',
          message: expect.stringContaining('Did you mean "raw.recorded"?') as string,
        },
      });
      expect(await stack.json('audit', 'verify')).toMatchObject({ code: 0, ok: true, findings: [] });
    });
  });

  describe('a secret', () => {
    it('that was set is what the worker uses, and is in nothing that is shown', async () => {
      const { postgres } = await stack.json<StatusDocument>('status');
      const password = readFileSync(path.join(stack.root, '.sluice/secrets/sluice_reader'), 'utf8').trim();
      stack.write(
        'sluice.config.yaml',
        `connections:\n  other: { kind: postgres, port: ${new URL(postgres.url!).port}, database: warehouse, readUser: sluice_reader, readPassword: secret://other_pw }\n`,
      );
      await stack.query('create table public.theirs as select 1 as id');
      const file = goal(
        'copied',
        '  - id: copy\n    ingest: { from: { postgres: other, table: public.theirs }, into: raw.copied }\n',
      );
      const missing = await stack.json<RunDocument>('apply', file, '--yes');
      expect(missing).toMatchObject({ code: 2, error: { code: 'secret_missing' } });
      expect((await stack.typed(`${password}\n`, 'secret', 'set', 'other_pw')).code).toBe(0);
      const copied = await stack.json<RunDocument>('apply', file, '--yes');
      expect(copied).toMatchObject({ code: 0, status: 'succeeded', steps: [{ rows: { inserted: 1 } }] });
      expect(JSON.stringify([copied, await stack.run('show', copied.runId, '--full')])).not.toContain(
        password,
      );
    });
  });

  it('says within seconds that a stack that is down cannot be reached', async () => {
    await stack.run('down');
    const began = Date.now();
    expect(await stack.json<Failed>('apply', load('late'), '--yes')).toMatchObject({
      code: 6,
      goal: 'late',
      error: { code: 'service_unreachable', next: expect.stringContaining('sluice up') as string },
    });
    expect(Date.now() - began).toBeLessThan(6_000);
  });
});
