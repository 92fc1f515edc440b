import type { WorkflowHandle } from '@temporalio/client';
import type { Gate, RunDocument, Voter } from '../../schemas/run';
import { codeOf, DIGEST, scripted, type Script, type Scripted } from './scripted';

jest.setTimeout(60_000);

/** Who is known, as whoever verifies decisions says. */
const PEOPLE: Record<string, Partial<Voter>> = {
  ann: {},
  bob: {},
  dan: { roles: ['dba'] },
  eve: { verified: false },
  // The same person as ann, who signed in another way.
  'ann@idp': { by: 'ann' },
};

describe('a gate', () => {
  let open: Scripted | undefined;
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  const waiting = async (gate: Partial<Gate>, script: Script = {}): Promise<WorkflowHandle> => {
    open = await scripted({
      gate,
      ...script,
      activities: {
        decide: ({ decision: { by } }) =>
          Promise.resolve({ counted: true, voter: { by, verified: true, roles: [], ...PEOPLE[by] } }),
        ...script.activities,
      },
    });
    const handle = await open.start();
    await open.until(handle, 'waiting');
    return handle;
  };
  const decide = (handle: WorkflowHandle, by: string, verdict = 'approve'): Promise<RunDocument> =>
    handle.executeUpdate('decide', { args: [{ verdict, digest: DIGEST, by, via: 'update' }] });

  it('for a role waits until somebody who holds it has approved', async () => {
    const handle = await waiting({ approvers: 2, roles: { dba: 1 } });
    expect(await decide(handle, 'ann')).toMatchObject({ needs: ['1 more approver', '1 with the role dba'] });
    expect(await decide(handle, 'bob')).toMatchObject({ status: 'waiting', needs: ['1 with the role dba'] });
    await decide(handle, 'dan');
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('that separates duties is not opened by its author alone', async () => {
    const handle = await waiting({ approvers: 1, notAlone: ['ann'] });
    expect(await decide(handle, 'ann')).toMatchObject({
      status: 'waiting',
      needs: ['somebody other than ann'],
    });
    await decide(handle, 'bob');
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('counts a person once, however they signed in', async () => {
    const handle = await waiting({ approvers: 2 });
    await decide(handle, 'ann');
    expect(await codeOf(decide(handle, 'ann@idp'))).toBe('decision_duplicate');
    expect(open!.calls).toContain('decide:decision_duplicate');
    await decide(handle, 'bob');
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('for verified identities counts nobody else, also not to reject, and says so on the record', async () => {
    const handle = await waiting({ approvers: 1, verified: true });
    expect(await codeOf(decide(handle, 'eve'))).toBe('decision_unverified');
    expect(await codeOf(decide(handle, 'eve', 'reject'))).toBe('decision_unverified');
    expect(open!.calls.filter((call) => call === 'decide:decision_unverified')).toHaveLength(2);
    await decide(handle, 'ann');
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('reminds before its deadline, with what is missing, and expires all the same', async () => {
    const reminded: unknown[] = [];
    const handle = await waiting(
      { approvers: 2, roles: { dba: 1 }, deadlineMs: 2_500, remindMs: [500, 1_500, 9_000] },
      { activities: { remind: ({ needs, nth }) => Promise.resolve(void reminded.push({ needs, nth })) } },
    );
    await expect(handle.result()).resolves.toMatchObject({ status: 'expired' });
    const needs = ['2 approvers', '1 with the role dba'];
    // The one that lies before the gate was there is left out.
    expect(reminded).toEqual([
      { needs, nth: 2 },
      { needs, nth: 3 },
    ]);
  });

  it('that reminds nobody in vain does not keep anybody from deciding', async () => {
    const handle = await waiting(
      { approvers: 1, deadlineMs: 20_000, remindMs: [19_500] },
      { activities: { remind: () => Promise.reject(new Error('no mail today')) } },
    );
    await decide(handle, 'ann');
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
  });
});

describe('a change window', () => {
  const windows = [{ timezone: 'UTC', days: ['sat'], from: '01:00', to: '02:00' }];
  let open: Scripted;
  afterEach(() => open.close());

  /** Opens so many milliseconds after it was first asked for. */
  const opening = (ms: number): { nextOpening: () => Promise<{ opensAt?: string }> } => {
    let at: number | undefined;
    return {
      nextOpening: () => {
        at ??= Date.now() + ms;
        return Promise.resolve(Date.now() >= at ? {} : { opensAt: new Date(at).toISOString() });
      },
    };
  };

  it('is waited for by an approved run, which says so and takes no further decision', async () => {
    open = await scripted({ gate: { windows }, activities: opening(3_000) });
    const handle = await open.start();
    await open.until(handle, 'waiting');
    await handle.executeUpdate('decide', {
      args: [{ verdict: 'approve', digest: DIGEST, by: 'ann', via: 'update' }],
    });
    const document = await open.until(handle, 'waiting');
    expect(document).toMatchObject({ opensAt: expect.any(String) });
    expect(document).not.toHaveProperty('needs');
    const late = handle.executeUpdate('decide', {
      args: [{ verdict: 'reject', digest: DIGEST, by: 'bob', via: 'update' }],
    });
    expect(await codeOf(late)).toBe('decision_late');
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
    expect(open.calls.filter((call) => call === 'nextOpening').length).toBeGreaterThanOrEqual(2);
  });

  it('holds also where nobody is asked, and can be cancelled', async () => {
    open = await scripted({ gate: { approvers: 0, windows }, activities: opening(3_600_000) });
    const handle = await open.start();
    await open.until(handle, 'waiting');
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(open.calls).not.toContain('apply:a');
    expect(open.calls).toContain('record:undone');
  });
});
