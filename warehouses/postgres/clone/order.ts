import type { Dependency, Made } from './definition';

/**
 * An order in which every object comes after what it needs, and otherwise in the order given (stable: the same
 * structure is always made the same way). In a cycle the first of it comes first: its statement may fail, and is tried
 * again when the others are there.
 */
export function inOrder(objects: readonly Made[], dependencies: readonly Dependency[]): Made[] {
  const indexOf = new Map<string, number>();
  objects.forEach((made, i) => [made.address, ...made.aliases].forEach((address) => indexOf.set(address, i)));

  const needs: Set<number>[] = objects.map(() => new Set());
  for (const { from, on } of dependencies) {
    const [user, used] = [indexOf.get(from), indexOf.get(on)];
    if (user !== undefined && used !== undefined && user !== used) needs[user]!.add(used);
  }

  const ordered: Made[] = [];
  const state: ('new' | 'open' | 'done')[] = objects.map(() => 'new');
  // Iterative: a chain of views may be longer than the stack is deep.
  for (let root = 0; root < objects.length; root += 1) {
    if (state[root] !== 'new') continue;
    state[root] = 'open';
    const path = [{ index: root, left: sorted(needs[root]!) }];
    while (path.length > 0) {
      const top = path[path.length - 1]!;
      const next = top.left.shift();
      if (next === undefined) {
        path.pop();
        state[top.index] = 'done';
        ordered.push(objects[top.index]!);
      } else if (state[next] === 'new') {
        state[next] = 'open';
        path.push({ index: next, left: sorted(needs[next]!) });
      }
    }
  }
  return ordered;
}

const sorted = (indexes: ReadonlySet<number>): number[] => [...indexes].sort((a, b) => a - b);
