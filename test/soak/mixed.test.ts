import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seeded, seedOf } from '../e2e/random';
import { testStack, type TestStack } from '../e2e/stack';
import { cancels } from './mixed/cancels';
import { changes } from './mixed/changes';
import { clockIn, mishap } from './mixed/chaos';
import { feed } from './mixed/feed';
import { lineageEndpoint, type LineageEndpoint } from './mixed/lineage-endpoint';
import { mirror } from './mixed/mirror';
import { scheduled } from './mixed/scheduled';
import { between, type Player, type World } from './mixed/player';

const MINUTES = Number(process.env.SLUICE_SOAK_MINUTES ?? 30);

jest.setTimeout((MINUTES + 20) * 60_000);

describe('mixed goals under fire', () => {
  let stack: TestStack;
  let lineage: LineageEndpoint;
  afterAll(async () => {
    await stack?.close();
    lineage?.close();
  });

  it(`for ${MINUTES} minutes end with targets equal to sources, an audit chain that verifies and no orphan`, async () => {
    const clock = clockIn(mkdtempSync(join(tmpdir(), 'sluice-clock-')));
    lineage = await lineageEndpoint();
    stack = await testStack({ ...clock.env, OPENLINEAGE_URL: lineage.url });
    const seed = seedOf();
    console.info(`SLUICE_SEED=${seed}`);
    const world: World = { stack, random: seeded(seed) };
    const players: Player[] = [
      feed(world),
      await mirror(world),
      await changes(world),
      cancels(world),
      await scheduled(world),
    ];
    const tally: Record<string, number> = {};
    const count = (what: string): void => void (tally[what] = (tally[what] ?? 0) + 1);

    const end = Date.now() + MINUTES * 60_000;
    let over = false;
    const chaos = async (): Promise<void> => {
      while (!over) {
        await sleep(between(world, 3_000, 20_000));
        if (!over) count(await mishap(world, clock, lineage));
      }
    };
    const play = async (player: Player): Promise<void> => {
      while (Date.now() < end) count(`${player.name}: ${await player.turn()}`);
    };
    const trouble = chaos();
    const played = Promise.all(players.map(play));
    await played.finally(() => (over = true));
    await trouble;

    clock.change(0);
    lineage.become('well');
    expect((await stack.sluice('up', '--json')).code).toBe(0);
    console.info(JSON.stringify(tally, null, 2));
    for (const player of players)
      expect({ [player.name]: await player.wrong() }).toEqual({ [player.name]: {} });
    await expectNoOrphan(stack);
    await expectLineageArrived(stack, lineage);
    const audit = await stack.sluice('audit', 'verify', '--json');
    expect({ code: audit.code, out: audit.stdout }).toMatchObject({ code: 0 });
  });
});

/** What runs leave behind when something was forgotten: open runs, shadows, sessions, prepared transactions. */
async function expectNoOrphan(stack: TestStack): Promise<void> {
  const { runs } = (
    await stack.sluice<{ runs: { runId: string; status: string }[] }>('runs', '--json', '--limit', '1000')
  ).json;
  const open = runs.filter(({ status }) =>
    ['planning', 'rehearsing', 'waiting', 'applying', 'held', 'needs_operator'].includes(status),
  );
  expect(open).toEqual([]);
  const applying = await stack.query(`select change_id from sluice.change where state = 'applying'`);
  expect(applying).toEqual([]);
  // Dropped behind their runs, by whichever worker is alive.
  const shadows = (): Promise<{ datname: string }[]> =>
    stack.query(`select datname from pg_database where datname like 'sluice\\_shadow\\_%'`);
  for (const end = Date.now() + 5 * 60_000; Date.now() < end; await sleep(2_000)) {
    if ((await shadows()).length === 0) break;
  }
  expect(await shadows()).toEqual([]);
  const sessions = await stack.query(
    `select pid, application_name from pg_stat_activity where state like 'idle in transaction%' and xact_start < now() - interval '1 minute'`,
  );
  expect(sessions).toEqual([]);
}

/** Not one event was lost, however long the endpoint was away. */
async function expectLineageArrived(stack: TestStack, lineage: LineageEndpoint): Promise<void> {
  const states = (): Promise<{ http_state: string }[]> =>
    stack.storeQuery(`select distinct http_state from lineage_event`);
  for (const end = Date.now() + 10 * 60_000; Date.now() < end; await sleep(2_000)) {
    if ((await states()).every(({ http_state }) => http_state === 'delivered')) break;
  }
  const events = await stack.storeQuery<{ event: string }>(`select event from lineage_event`);
  const recorded = events.map(({ event }) => {
    const { run, eventType, eventTime } = JSON.parse(event) as Record<string, string> & {
      run: { runId: string };
    };
    return `${run.runId} ${eventType} ${eventTime}`;
  });
  expect(recorded.length).toBeGreaterThan(0);
  expect(recorded.filter((key) => !lineage.received.has(key))).toEqual([]);
}
