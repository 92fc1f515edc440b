import type { Registry } from '../../../capabilities/document';
import type { Fault } from '../../../schemas/errors';

/** The kinds that a model may use, of those there are. */
export function registryOf(registry: Registry, kinds: ReadonlySet<string>): Registry {
  return new Map([...registry].filter(([kind]) => kinds.has(kind)));
}

/** Faults that say what to do about a key which a model often thinks there is. */
export function allowedFaults(faults: readonly Fault[], allowed: Registry): Fault[] {
  return faults.map((fault) => {
    const key = fault.path.slice(fault.path.lastIndexOf('.') + 1);
    const hint = INSTEAD[key];
    return hint !== undefined && fault.message.startsWith('unknown key') && !allowed.has(key)
      ? { ...fault, message: `${fault.message}; ${hint}` }
      : fault;
  });
}

const INSTEAD: Record<string, string> = {
  depends_on: 'it is called needs',
  dependsOn: 'it is called needs',
  name: 'a step is called by its id; a model’s name stands inside of model',
  query: 'a model and a check call it sql',
  transform: 'use a model step',
  load: 'use an ingest step',
  test: 'use tests of a model, or a check step',
  tests: 'tests belong inside of model',
  secret: 'credentials belong into a connection of the configuration, as secret://name',
  env: 'a document names no environment: the person chooses it',
  environment: 'a document names no environment: the person chooses it',
  connections: 'connections belong into the configuration: ask the person to add one',
};
