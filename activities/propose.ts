import type { ProposeContext } from '../capabilities/capability';
import { fail, SluiceError } from '../schemas/errors';
import { RISKS, type Change } from '../schemas/change';
import type { ChangeRef, ProposeInput } from '../schemas/life';
import type { ReadSession } from '../warehouses/warehouse';
import { digestOf } from '../store/digest';
import { heldBytes } from '../warehouses/kept';
import { retentionOf } from '../schemas/retention';
import { type Kept, stateKept } from './engine/keep';
import { fingerprintsOf } from './engine/locks';
import { lineageOf } from './lineage/propose';
import {
  asActivity,
  type ActivityScope,
  capabilityOf,
  loadBundle,
  loadChange,
  stepContext,
  stepOf,
} from './run-context';
import type { Bundle, Services } from './services';
import { withShadow } from './shadow';
import { vet } from './engine/vet';

/**
 * Life of a run, 2 and 3: the step's capability looks (reads only) and produces a change, which is vetted and stored.
 * The structure is that of the shadow in which the earlier steps have happened; sizes come from the live database.
 */
export function propose(services: Services, input: ProposeInput): Promise<ChangeRef> {
  const { run, step: stepId } = input;
  return asActivity(services, { ...run, step: stepId }, async (scope) => {
    const bundle = await loadBundle(services, run);
    const warehouse = await services.warehouse(bundle);
    const look = (live: ReadSession, session: ReadSession): Promise<Change> =>
      proposeOne(services, input, bundle, live, session, scope);
    const options = { signal: scope.signal, statementTimeoutMs: 300_000 };
    const change = await warehouse.live.read(
      (live) =>
        input.shadow
          ? withShadow(services, warehouse, run, (shadow) =>
              shadow.read((session) => look(live, session), options),
            )
          : look(live, live),
      options,
    );
    return store(services, change);
  });
}

async function proposeOne(
  services: Services,
  input: ProposeInput,
  bundle: Bundle,
  live: ReadSession,
  session: ReadSession,
  scope: ActivityScope,
): Promise<Change> {
  const { run } = input;
  const step = stepOf(bundle, input.step);
  const capability = capabilityOf(services, step.kind);
  const context = stepContext(services, run, bundle, step.id, scope);
  try {
    const looking: ProposeContext = {
      ...context,
      session,
      live,
      pending: new Set(input.earlier.flatMap((earlier) => earlier.writes)),
      document: bundle.goal,
      bundledFile: (path) => bundledFile(bundle, path),
    };
    const proposed = await capability.propose(step.input, looking);
    const change: Change = {
      ...proposed,
      // The same run proposes the same change under the same id, so a retried activity is the same change.
      id: `${run.runId}.${step.id}.${digestOf(proposed.body).slice(0, 8)}`,
      step: step.id,
      kind: step.kind,
      fingerprints: proposed.noop ? {} : await fingerprintsOf(session, proposed),
    };
    Object.assign(change, await keptFor(services, input, bundle, change, live));
    vet(change);
    if (!change.noop) change.lineage = await lineageOf(services, capability, step, proposed, looking);
    return change;
  } catch (cause) {
    if (cause instanceof SluiceError && cause.problem.step === undefined) {
      throw new SluiceError({ ...cause.problem, step: step.id }, { cause });
    }
    throw cause;
  }
}

/** What would be held for its undo, beside what is held already and what earlier steps of this run would hold. */
async function keptFor(
  services: Services,
  input: ProposeInput,
  bundle: Bundle,
  change: Change,
  live: ReadSession,
): Promise<Kept> {
  const needs = !change.noop && (change.estimate.undoBytes ?? 0) > 0;
  const earlier = needs ? await Promise.all(input.earlier.map((ref) => loadChange(services, ref))) : [];
  return stateKept(change, retentionOf(services.project.config), {
    held: needs ? await heldBytes(live) : 0,
    earlier: earlier.reduce((sum, { estimate }) => sum + (estimate.undoBytes ?? 0), 0),
  });
}

function bundledFile(bundle: Bundle, path: string): Promise<string> {
  const text = bundle.files[path];
  if (text === undefined) {
    throw fail('source_missing', `The file ${path} did not travel with the goal.`, {
      next: 'Start the run again.',
      place: path,
    });
  }
  return Promise.resolve(text);
}

async function store(services: Services, change: Change): Promise<ChangeRef> {
  const { id, step, kind, title, risk, noop, reads, writes } = change;
  if (!RISKS.includes(risk))
    throw fail('internal', `Unknown risk "${String(risk)}".`, { next: 'Report this.' });
  const ref = await services.store.artifacts.putJson('change', change);
  return { ref, id, step, kind, title, risk, noop, reads, writes };
}
