import { vet } from '../../../activities/engine/vet';
import type { Change } from '../../../schemas/change';
import { relationsIn } from '../../../sql/relations';
import { parseSql } from '../../../sql/parse';

const change = (part: Partial<Change>): Change => ({
  ...{ id: 'c', step: 's', kind: 'sql', title: 't', risk: 'rewriting', noop: false, lossy: [] },
  ...{
    routine: false,
    sources: {},
    reads: [],
    writes: [],
    body: {},
    apply: '',
    undo: '',
    findings: [],
    estimate: {},
    fingerprints: {},
  },
  ...part,
});

describe('a change of any kind is refused', () => {
  it.each(['delete from "a.b"."c"', 'delete from "a"."b.c"', 'insert into t select * from "a.b"."c"'])(
    'when a name of %s holds a dot: two relations would have one name to locks and before-images',
    async (sql) => {
      const [statement] = await parseSql(sql);
      const { reads, writes } = relationsIn(statement!);
      expect(() => vet(change({ reads, writes }))).toThrow(/Sluice cannot tell yet where its schema ends/);
    },
  );

  it("when it would write what is Sluice's own or the system's", () => {
    for (const name of ['sluice.change', 'pg_catalog.pg_class', 'information_schema.tables'])
      expect(() => vet(change({ writes: [name] }))).toThrow(/belongs to Sluice or the system/);
  });
});

it('a change that makes a schema or a table of an ordinary name passes', () => {
  expect(() => vet(change({ reads: ['raw.flights'], writes: ['marts.daily', 'marts.*'] }))).not.toThrow();
});
