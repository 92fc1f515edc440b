import fc from 'fast-check';
import { z } from 'zod';
import type { Capability } from '../../capabilities/capability';
import { checkGoal } from '../../capabilities/document';
import type { Fault, SluiceError } from '../../schemas/errors';

/** Two kinds are enough to know what the document's own rules are. */
const kind = (name: string) =>
  ({
    kind: name,
    input: z.strictObject({ into: z.string(), from: z.unknown().optional() }),
  }) as unknown as Capability;
const registry = new Map([kind('ingest'), kind('model')].map((capability) => [capability.kind, capability]));

const step = (id: string, needs?: string[]) => ({
  id,
  ...(needs ? { needs } : {}),
  ingest: { into: 'raw.t' },
});
const document = (over: object = {}) => ({ apiVersion: 'sluice/v1', goal: 'g', steps: [step('a')], ...over });

function faultsOf(doc: unknown): Fault[] {
  try {
    checkGoal(doc, registry);
  } catch (cause) {
    return (cause as SluiceError).problem.faults ?? [];
  }
  return [];
}

describe('a goal document', () => {
  it('gets its defaults', () => {
    expect(checkGoal(document(), registry)).toMatchObject({
      warehouse: 'local',
      onFailure: 'undo',
      deadlineMs: 7 * 86_400_000,
      params: {},
    });
  });

  it('keeps what succeeded by default when it repeats', () => {
    expect(checkGoal(document({ schedule: { cron: '0 6 * * *' } }), registry).onFailure).toBe('keep');
  });

  it('binds what a schedule binds by hand from what is given or the default, and not at all for a schedule', () => {
    const day = { type: 'date', from: 'schedule', offset: '-1d' };
    const params = { day: { ...day, default: '2026-03-01' } };
    const timeParams = { day: { type: 'date', offset: '-1d' } };
    expect(checkGoal(document({ params }), registry)).toMatchObject({
      params: { day: '2026-03-01' },
      timeParams,
    });
    expect(checkGoal(document({ params }), registry, { day: '2026-03-02' }).params).toEqual({
      day: '2026-03-02',
    });
    expect(faultsOf(document({ params: { day } }))).toMatchObject([{ path: 'params.day' }]);
    expect(checkGoal(document({ params: { day } }), registry, {}, 'schedule')).toMatchObject({
      params: {},
      timeParams,
    });
    expect(() => checkGoal(document({ params }), registry, { day: '2026-03-02' }, 'schedule')).toThrow(
      'do not give it',
    );
  });

  it.each<[string, object, string]>([
    ['a cron that is none', { schedule: { cron: '61 6 * * *' } }, 'schedule.cron'],
    ['a zone that is none', { schedule: { cron: '@daily', timezone: 'Mars/Olympus' } }, 'schedule.timezone'],
    ['a day that is none', { schedule: { cron: '@daily', start: '2026-02-30' } }, 'schedule.start'],
    ['a trigger by nothing', { trigger: { every: '1m' } }, 'trigger'],
    ['a number from the time', { params: { n: { type: 'integer', from: 'schedule' } } }, 'params.n.type'],
    ['an offset from nothing', { params: { d: { type: 'date', offset: '-1d' } } }, 'params.d.from'],
  ])('that repeats with %s is refused', (_what, over, path) => {
    expect(faultsOf(document(over)).map((fault) => fault.path)).toContain(path);
  });

  it.each<[string, unknown, string]>([
    ['an unknown key', document({ stepz: [] }), 'stepz'],
    ['an unknown key in a step', document({ steps: [{ ...step('a'), ingset: {} }] }), 'steps[0].ingset'],
    [
      'an unknown key in a kind',
      document({ steps: [{ id: 'a', ingest: { into: 'x', mood: 1 } }] }),
      'steps[0].ingest.mood',
    ],
    ['a missing need', document({ steps: [step('a', ['b'])] }), 'steps[0].needs[0]'],
    ['a cycle', document({ steps: [step('a', ['b']), step('b', ['a'])] }), 'steps[0].needs'],
    ['a step that needs itself', document({ steps: [step('a', ['a'])] }), 'steps[0].needs'],
    ['two kinds in one step', document({ steps: [{ ...step('a'), model: { into: 'x' } }] }), 'steps[0]'],
    ['no kind', document({ steps: [{ id: 'a' }] }), 'steps[0]'],
    ['two steps of one name', document({ steps: [step('a'), step('a')] }), 'steps[1].id'],
    ['no steps', document({ steps: [] }), 'steps'],
    ['another version', document({ apiVersion: 'sluice/v2' }), 'apiVersion'],
    ['a name that is no name', document({ goal: 'Robert"); drop' }), 'goal'],
    ['not even a mapping', 'hello', '(document)'],
    ['nothing', null, '(document)'],
    ['a parameter without a value', document({ params: { year: { type: 'integer' } } }), 'params.year'],
    [
      'a parameter of another type',
      document({ params: { year: { type: 'integer', default: 'x' } } }),
      'params.year',
    ],
  ])('with %s is refused with the place', (_name, doc, path) => {
    expect(faultsOf(doc).map((fault) => fault.path)).toContain(path);
  });

  it('is told every fault at once', () => {
    expect(faultsOf(document({ goal: 'BAD', nope: 1, steps: [step('a', ['b']), { id: 'c' }] }))).toHaveLength(
      4,
    );
  });

  it.each([
    ['a password', document({ steps: [{ id: 'a', ingest: { into: 'x', from: { password: 'hunter2' } } }] })],
    [
      'a password in camel case',
      document({ steps: [{ id: 'a', ingest: { into: 'x', from: { readPassword: 'hunter2' } } }] }),
    ],
    ['an API key', document({ steps: [{ id: 'a', ingest: { into: 'x', from: { api_key: 'abc' } } }] })],
    [
      'a URL with a password',
      document({ steps: [{ id: 'a', ingest: { into: 'x', from: 'postgres://u:hunter2@h/d' } }] }),
    ],
  ])('with %s written out is refused without repeating it', (_name, doc) => {
    try {
      checkGoal(doc, registry);
      throw new Error('was accepted');
    } catch (cause) {
      const { problem } = cause as SluiceError;
      expect(problem.code).toBe('literal_secret');
      expect(JSON.stringify(problem)).not.toMatch(/hunter2|"abc"/);
    }
  });

  it('may name a column like a credential', () => {
    const from = { types: { token: 'text' }, columns: { password: 'pw_hash' } };
    expect(faultsOf(document({ steps: [{ id: 'a', ingest: { into: 'x', from } }] }))).toEqual([]);
  });

  it('puts every step after what it needs, and otherwise keeps the order written', () => {
    const arbitrary = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(arbitrary, fc.infiniteStream(fc.nat()), (edges, swaps) => {
        // Needs only point to lower numbers, then the steps are shuffled: acyclic, in any order.
        const steps = edges.map((needs, index) =>
          step(`s${index}`, index === 0 ? [] : [...new Set(needs.map((need) => `s${need % index}`))]),
        );
        for (let index = steps.length - 1; index > 0; index--) {
          const other = swaps.next().value % (index + 1);
          [steps[index], steps[other]] = [steps[other]!, steps[index]!];
        }
        const order = checkGoal(document({ steps }), registry).steps;
        const at = new Map(order.map(({ id }, index) => [id, index]));
        expect(order).toHaveLength(steps.length);
        for (const { id, needs } of order)
          for (const need of needs) expect(at.get(need)!).toBeLessThan(at.get(id)!);
      }),
    );
  });
});
