import { leftSteps } from '../../activities/left-steps';
import { Bed } from '../capabilities/ingest/bed';

describe('a step that left the goal', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('left_steps');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const left = (steps: string[]): Promise<unknown> => bed.place.read((live) => leftSteps(live, 'g', steps));

  it('is named with what it made, until that is gone', async () => {
    await bed.files({ 'a.csv': 'id\n1\n' });
    const { change } = await bed.load({ from: { files: '*.csv' }, into: 'raw."T.1"' });
    expect(await left(['load'])).toEqual([]);
    expect(await left(['other'])).toEqual([
      { step: 'load', relation: change.body.relation, runId: change.id.split('.')[0] },
    ]);
    await bed.admin.query('drop table raw."T.1"');
    expect(await left(['other'])).toEqual([]);
  });

  it('is not named where another step writes its table now, or its change was undone', async () => {
    await bed.files({ 'a.csv': 'id\n1\n', 'b.csv': 'id\n2\n' });
    const { change } = await bed.load({ from: { files: 'a.csv' }, into: 'raw.t' });
    await bed.load({ from: { files: 'b.csv' }, into: 'raw.t' });
    await bed.admin.query(`update sluice.change set step = 'before' where change_id = $1`, [change.id]);
    expect(await left(['load'])).toEqual([]);
    await bed.admin.query(`update sluice.change set state = 'undone' where step = 'load'`);
    expect(await left(['load'])).toHaveLength(1);
  });
});
