import fc from 'fast-check';
import type { Dependency, Made } from '../../warehouses/postgres/clone/definition';
import { inOrder } from '../../warehouses/postgres/clone/order';

const made = (address: string, aliases: string[] = []): Made => ({
  address,
  aliases,
  label: address,
  statements: [],
});
const names = (objects: Made[]): string[] => objects.map(({ address }) => address);

describe('the order in which objects are made', () => {
  it('puts what is needed first, also by another address', () => {
    const objects = [made('view'), made('table', ['row type']), made('function')];
    const needs: Dependency[] = [
      { from: 'view', on: 'function' },
      { from: 'function', on: 'row type' },
      { from: 'view', on: 'not here' },
    ];
    expect(names(inOrder(objects, needs))).toEqual(['table', 'function', 'view']);
  });

  it('keeps the order given where nothing speaks against it', () => {
    expect(
      names(
        inOrder(
          ['c', 'a', 'b'].map((name) => made(name)),
          [],
        ),
      ),
    ).toEqual(['c', 'a', 'b']);
  });

  it('makes each object once, after what it needs, in every graph without a cycle', () => {
    const graph = fc
      .integer({ min: 1, max: 30 })
      .chain((size) => fc.tuple(fc.constant(size), fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)))));
    fc.assert(
      fc.property(graph, fc.infiniteStream(fc.nat()), ([size, pairs], shuffle) => {
        const edges = pairs
          .filter(([a, b]) => a !== b)
          .map(([a, b]) => ({ from: `${Math.max(a, b)}`, on: `${Math.min(a, b)}` }));
        const objects = Array.from({ length: size }, (_, i) => ({
          object: made(`${i}`),
          key: shuffle.next().value as number,
        }));
        const ordered = names(
          inOrder(
            objects.sort((a, b) => a.key - b.key).map(({ object }) => object),
            edges,
          ),
        );
        expect(new Set(ordered).size).toBe(size);
        for (const { from, on } of edges) expect(ordered.indexOf(on)).toBeLessThan(ordered.indexOf(from));
      }),
    );
  });

  it('comes to an end in a circle, and with a chain deeper than the stack', () => {
    const circle = [
      { from: 'a', on: 'b' },
      { from: 'b', on: 'a' },
    ];
    expect(names(inOrder([made('a'), made('b')], circle))).toEqual(['b', 'a']);
    const chain = Array.from({ length: 50_000 }, (_, i) => ({ from: `${i}`, on: `${i + 1}` }));
    expect(
      inOrder(
        Array.from({ length: 50_001 }, (_, i) => made(`${i}`)),
        chain,
      )[0]!.address,
    ).toBe('50000');
  });
});
