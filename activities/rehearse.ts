import type { Check, RelationName } from '../schemas/change';
import { SluiceError } from '../schemas/errors';
import type { Rehearsed, RehearseInput } from '../schemas/life';
import { applyChange, assertChecks } from './engine/apply-change';
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
    return withShadow(services, warehouse, run, async (shadow) => {
      const sample = await shadow.sample(
        [...new Set([...change.reads, ...change.writes])].sort(),
        SAMPLE_ROWS,
      );
      const sampled = new Map(sample.tables.map(({ relation, complete }) => [relation, complete]));
      const isWhole = (name: RelationName): boolean => input.made[name] ?? sampled.get(name) ?? false;
      const partial = !change.reads.every(isWhole);
      const context = stepContext(services, run, bundle, ref.step, scope, SAMPLE_ROWS);
      try {
        const settled = await applyChange(shadow, capabilityOf(services, ref.kind), change, context, {
          digest: 'rehearsal',
          run,
          judge: partial ? judgeOnSample : assertChecks,
        });
        const { read } = settled.applied.rows;
        const toRead = change.estimate.read ?? change.estimate.rows;
        const wholeSource = toRead === undefined || read === 0 || read >= toRead;
        const wholeTargets = change.writes.every((name) => input.made[name] ?? sampled.get(name) ?? true);
        const doubtful = settled.checks.filter((check) => !check.ok && partial);
        return {
          whole: !partial && wholeSource && wholeTargets,
          checks: settled.checks.map((check) => ({ ...check, name: `${ref.step}: ${check.name}` })),
          sampled: sample.tables.map(
            ({ relation, rows, complete }) => `${relation}: ${complete ? `all ${rows}` : rows} rows`,
          ),
          gaps: [
            ...sample.gaps,
            ...doubtful.map(
              (check) =>
                `${ref.step}: "${check.name}" failed on a sample; all rows decide before they are published`,
            ),
          ],
        };
      } catch (cause) {
        throw asRehearsalFailure(cause, ref.step);
      }
    });
  });
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
