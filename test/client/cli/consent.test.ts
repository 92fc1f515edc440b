import { askConsent } from '../../../client/cli/consent';
import { openTerminal, type Terminal } from '../../../client/cli/terminal';
import { gate } from '../support/proposals';
import { problemOf } from '../support/problem';
import { surroundings } from '../support/surroundings';

const severe = gate({ approvers: 2, confirm: ['raw.old', 'public.t'] });

/** Somebody at a terminal who types these keys. */
function person(...keys: string[]): Terminal {
  const around = surroundings({ tty: true });
  around.type(...keys);
  return openTerminal(around, {});
}
const script = (yes: boolean): Terminal => openTerminal(surroundings(), { yes });

describe('consent of a script', () => {
  it('is nothing without --yes', async () => {
    expect(await askConsent(script(false), gate(), {})).toMatchObject({ kind: 'wait' });
  });

  it('is --yes for what adds', async () => {
    expect(await askConsent(script(true), gate(), {})).toMatchObject({ kind: 'approve' });
  });

  it('is not --yes alone for what destroys', async () => {
    const consent = await askConsent(script(true), severe, {});
    expect(consent).toEqual({ kind: 'wait', why: expect.stringContaining('raw.old, public.t') as string });
  });

  it('is --yes with every name repeated, or --allow-destructive', async () => {
    expect(await askConsent(script(true), severe, { confirm: ['raw.old'] })).toMatchObject({ kind: 'wait' });
    expect(await askConsent(script(true), severe, { confirm: ['raw.old', 't'] })).toEqual({
      kind: 'approve',
      confirm: ['raw.old', 'public.t'],
      allowDestructive: false,
    });
    expect(await askConsent(script(true), severe, { allowDestructive: true })).toMatchObject({
      kind: 'approve',
      allowDestructive: true,
    });
  });

  it('is not --yes alone for what nobody asked for', async () => {
    const beyond = gate({ beyond: ['public.exfil: nothing of it is in the words'] });
    const why = expect.stringContaining('public.exfil: nothing of it is in the words') as string;
    expect(await askConsent(script(true), beyond, {})).toEqual({ kind: 'wait', why });
    expect(await askConsent(script(true), beyond, { allowDestructive: true })).toEqual({ kind: 'wait', why });
    expect(await askConsent(script(true), beyond, { beyond: true })).toMatchObject({ kind: 'approve' });
  });

  it('is not --allow-destructive alone', async () => {
    expect(await askConsent(script(false), severe, { allowDestructive: true })).toMatchObject({
      kind: 'wait',
    });
  });

  it('counts for one where nobody can stand for two', async () => {
    const guarded = gate({ approvers: 2, confirm: ['raw.old'], localOverride: false });
    expect(await askConsent(script(true), guarded, {})).toMatchObject({
      kind: 'approve',
      allowDestructive: false,
    });
  });

  it('cannot confirm what is not asked for', async () => {
    const problem = await problemOf(askConsent(script(true), severe, { confirm: ['raw.odl'] }));
    expect(problem).toMatchObject({
      code: 'decision_unconfirmed',
      next: expect.stringContaining('raw.old') as string,
    });
  });
});

describe('consent of a person', () => {
  it.each([['y\n'], ['YES\n']])('is given by %j', async (keys) => {
    expect(await askConsent(person(keys), gate(), {})).toMatchObject({ kind: 'approve' });
  });

  it.each([['\n'], ['n\n'], ['yeah\n']])('is refused by %j', async (keys) => {
    expect(await askConsent(person(keys), gate(), {})).toEqual({ kind: 'reject' });
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is left open by %s', async (_key, keys) => {
    expect(await askConsent(person(keys), gate(), {})).toMatchObject({ kind: 'wait' });
  });

  it('to what destroys needs the names typed', async () => {
    const consent = await askConsent(person('y\n', 'raw.odl\n', 'raw.old\n', 't\n'), severe, {});
    expect(consent).toMatchObject({ kind: 'approve', confirm: ['raw.old', 'public.t'] });
  });

  it('is not given when a name is not repeated', async () => {
    expect(await askConsent(person('y\n', '\n'), severe, {})).toMatchObject({ kind: 'wait' });
    expect(await askConsent(person('y\n', 'a\n', 'b\n', 'c\n'), severe, {})).toMatchObject({ kind: 'wait' });
  });
});
