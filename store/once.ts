import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

interface Scope {
  id: string;
  used: Map<string, number>;
}

const scopes = new AsyncLocalStorage<Scope>();

/**
 * Runs work that may be repeated under the same id (an activity, whichever attempt): what it puts on the record goes
 * there once.
 */
export function once<T>(id: string, work: () => T): T {
  return scopes.run({ id, used: new Map() }, work);
}

/**
 * A key for what is written now: the same in each repetition of the surrounding {@link once}, for the first, second, …
 * thing of this name; outside of one, a new one each time.
 */
export function onceKey(name: string): string {
  const scope = scopes.getStore();
  if (!scope) return randomUUID();
  const nth = (scope.used.get(name) ?? 0) + 1;
  scope.used.set(name, nth);
  return `${scope.id}/${name}/${nth}`;
}
