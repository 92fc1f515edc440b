import type { Capability, StepContext } from '../capabilities/capability';
import type { Change, Check, Finding, RelationName } from '../schemas/change';
import { fail, SluiceError } from '../schemas/errors';
import type { ChangeRef, Rehearsed, RehearseInput } from '../schemas/life';
import type { ReadSession, SampleNeeds, SampleReport, Shadow, Warehouse } from '../warehouses/warehouse';
import { applyChange, assertChecks, type Settled } from './engine/apply-change';
import { sizesOf, withObserved } from './engine/observed';
import { withParents } from './engine/parents';
import { asActivity, capabilityOf, loadBundle, loadChange, SAMPLE_ROWS, stepContext } from './run-context';
import type { Services } from './services';
import { withShadow } from './shadow';

/**
 * Life of a run, 4, first half: the same apply and verify that will run for real, on the shadow, with a sample of
 * the rows. Throws `rehearsal_failed` when they fail there.
 */
export function rehearse(services: Services, input: RehearseInput): Promise<Rehearsed> {
  const { run, change: ref } = input;
  return asActivity(services, { ...run, step: ref.step }, async (scope) => {
    const bundle = await loadBundle(services, run);
    const warehouse = await services.warehouse(bundle);
    const change = await loadChange(services, ref);
    const capability = capabilityOf(services, ref.kind);
    const context = (): StepContext => stepContext(services, run, bundle, ref.step, scope, SAMPLE_ROWS);
    return withShadow(services, warehouse, run, async (shadow) => {
      const needs = await needsOf(capability, change);
      const sample = await shadow.sample(
        [...new Set([...change.reads, ...change.writes])].sort(),
        SAMPLE_ROWS,
        { ...needs, written: new Set(Object.keys(input.made)) },
      );
      const sampled = new Map(sample.tables.map(({ relation, complete }) => [relation, complete]));
      const isWhole = (name: RelationName): boolean => input.made[name] ?? sampled.get(name) ?? false;
      const partial = !change.reads.every(isWhole);
      const options = {
        ...{ digest: 'rehearsal', run, observe: true },
        judge: partial ? judgeOnSample : assertChecks,
      };
      try {
        const settled = await withParents(shadow, { capability, change, context }, () =>
          applyChange(shadow, capability, change, context(), options),
        );
        return {
          ...reported(input, change, sample, settled, {
            partial,
            isWhole: (name) => input.made[name] ?? sampled.get(name) ?? true,
          }),
          change: await observedChange(services, { warehouse, shadow }, ref, change, settled),
        };
      } catch (cause) {
        throw asRehearsalFailure(cause, ref.step);
      }
    });
  });
}

/** The change as it is approved: with what was seen of it, over the size of the live tables. */
async function observedChange(
  services: Services,
  { warehouse: { live }, shadow }: { warehouse: Warehouse; shadow: Shadow },
  ref: ChangeRef,
  change: Change,
  { applied: { observed = [] } }: Settled,
): Promise<ChangeRef> {
  const sizes = await live.read((session) => sizesOf(session, observed));
  const seen = withObserved(change, observed, sizes);
  const [here, there] = [await live.read(majorOf), await shadow.read(majorOf)];
  if (here !== there && seen.observed?.some(({ place }) => place !== undefined))
    seen.findings = [...seen.findings, elsewhere(here, there)];
  return { ...ref, risk: seen.risk, ref: await services.store.artifacts.putJson('change', seen) };
}

const majorOf = (session: ReadSession): Promise<number> => session.serverMajor();

const elsewhere = (here: number, there: number): Finding => ({
  severity: 'info',
  rule: 'seen_on_another_version',
  message: `Locks, and what is written anew or read, are as PostgreSQL ${there} does it, where it was rehearsed; the warehouse is PostgreSQL ${here}.`,
});

function reported(
  { change: { step } }: RehearseInput,
  change: Change,
  sample: SampleReport,
  { applied: { rows }, checks }: Settled,
  { partial, isWhole }: { partial: boolean; isWhole: (name: RelationName) => boolean },
): Rehearsed {
  const toRead = change.estimate.read ?? change.estimate.rows;
  const wholeSource = toRead === undefined || rows.read === 0 || rows.read >= toRead;
  const doubtful = checks.filter((check) => !check.ok && partial);
  const untouched = rows.updated + rows.deleted === 0 ? sample.unknown : [];
  return {
    whole: !partial && wholeSource && change.writes.every(isWhole),
    checks: checks.map((check) => ({ ...check, name: `${step}: ${check.name}` })),
    sampled: sample.tables.map(
      ({ relation, rows, complete }) => `${relation}: ${complete ? `all ${rows}` : rows} rows`,
    ),
    gaps: [
      ...sample.gaps,
      ...doubtful.map(
        (check) => `${step}: "${check.name}" failed on a sample; all rows decide before they are published`,
      ),
    ],
    unseen: [
      ...sample.unseen,
      ...untouched.map(
        (name) =>
          `rows of ${name} that it touches: they could not be looked up, and it touched none in the rehearsal`,
      ),
    ],
  };
}

/** What a change needs to be rehearsed on: by default, what does more than add is tried on rows that are there. */
async function needsOf(capability: Capability, change: Change): Promise<SampleNeeds> {
  if (capability.needs) return capability.needs(change);
  if (change.risk !== 'rewriting' && change.risk !== 'destructive') return {};
  return { touches: change.writes.filter((name) => !name.endsWith('.*')).map((relation) => ({ relation })) };
}

/**
 * A test that holds for all rows can fail on some of them (a parent that was not sampled, a total that does not add
 * up), so on a sample it only warns. What it finds on the real rows is decided before they are published.
 */
function judgeOnSample(_change: unknown, checks: Check[]): Check[] {
  return checks.map((check) =>
    check.ok ? check : { ...check, severity: 'warning', message: `on a sample: ${check.message}` },
  );
}

const ITS_OWN = new Set([
  'check_failed',
  'database_error',
  'proposal_stale',
  'permission_denied',
  'internal',
]);

function asRehearsalFailure(cause: unknown, step: string): unknown {
  if (!(cause instanceof SluiceError) || !ITS_OWN.has(cause.code)) return cause;
  if (cause.code === 'proposal_stale') {
    const what = cause.problem.place ?? 'what it touches';
    return fail(
      'rehearsal_failed',
      `Step "${step}" cannot be rehearsed: ${what} is not the same in the shadow as it was when it was looked at.`,
      {
        state: 'It happened on the shadow, which is dropped; the warehouse was not touched.',
        next: 'Run the goal again if it has just been changed; else a part of it cannot be copied (a default or trigger in a language that reaches out): `sluice plan` of another table shows those as gaps.',
        step,
        cause,
      },
    );
  }
  return new SluiceError(
    {
      ...cause.problem,
      code: 'rehearsal_failed',
      message: `Step "${step}" failed in the rehearsal: ${cause.message}`,
      state: 'It happened on the shadow, which is dropped; the warehouse was not touched.',
      step,
    },
    { cause },
  );
}
