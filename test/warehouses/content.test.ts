import {
  addContent,
  contentChecksum,
  formatContent,
  NO_CONTENT,
  parseContent,
  subtractContent,
} from '../../warehouses/postgres/content';
import { sequenceMove } from '../../warehouses/postgres/sequences';
import type { TestWarehouse } from './support/warehouse';
import { testWarehouse } from './support/warehouse';

describe('the checksum of rows', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await testWarehouse('content');
  });
  afterAll(() => test.close());

  const of = async (values: string): Promise<string> => {
    await test.asWriter(
      `drop table if exists t; create table t (r integer, label text, x double precision); insert into t values ${values}`,
    );
    return formatContent(await test.warehouse.live.read((session) => contentChecksum(session, 't')));
  };

  it('is the same in every order, and different with other rows', async () => {
    const rows = await of(`(1, 'a', 0.1), (2, 'b', 0.2)`);
    expect(await of(`(2, 'b', 0.2), (1, 'a', 0.1)`)).toBe(rows);
    const others = [
      `(1, 'a', 0.1)`,
      `(1, 'a', 0.1), (2, 'b', 0.2), (2, 'b', 0.2)`,
      `(1, 'b', 0.1), (2, 'a', 0.2)`,
      `(1, 'a', 0.1), (2, 'b', 0.20000000000000004)`,
      `(1, 'a', 0.1), (2, null, 0.2)`,
      `(1, 'a', 0.1), (2, '', 0.2)`,
      `(1, 'a,0.1)', 0.1), (2, 'b', 0.2)`,
    ];
    const found = [rows];
    for (const other of others) found.push(await of(other));
    expect(new Set(found).size).toBe(found.length);
  });

  it('of no rows is nothing', async () => {
    await of(`(1, 'a', 1)`);
    await test.asWriter('truncate t');
    expect(await test.warehouse.live.read((session) => contentChecksum(session, 't'))).toEqual(NO_CONTENT);
  });

  it('of two sets of rows is the sum of theirs, and can be taken apart again', async () => {
    const [a, b, both] = [
      await of(`(1, 'a', 1)`),
      await of(`(2, 'b', 2)`),
      await of(`(1, 'a', 1), (2, 'b', 2)`),
    ].map(parseContent);
    expect(addContent(a!, b!)).toEqual(both);
    expect(subtractContent(both!, b!)).toEqual(a);
    expect(() => parseContent('1:00')).toThrow(RangeError);
  });
});

describe('a sequence that moved', () => {
  const at = (lastValue: number, called: boolean, increment = 1, cycles = false) => ({
    lastValue: String(lastValue),
    called,
    increment: String(increment),
    cycles,
  });

  it.each([
    ['same', at(5, true), at(5, true)],
    ['forward', at(5, false), at(5, true)],
    ['forward', at(5, true), at(6, true)],
    ['forward', at(-5, true, -1), at(-6, true, -1)],
    ['forward', at(5, true, 1, true), at(1, true, 1, true)],
    ['back', at(5, true), at(5, false)],
    ['back', at(5, true), at(4, true)],
    ['back', at(-5, true, -1), at(-4, true, -1)],
  ])('%s', (move, before, now) => expect(sequenceMove(before, now)).toBe(move));
});
