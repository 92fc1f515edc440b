import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { openCodecServer } from '../../client/core/codec-server';
import { dataConverterFor } from '../../governance/codec/data-converter';
import { findTemporal } from '../../runtime/temporal/binary';
import type { EncryptionConfig } from '../../schemas/config';
import { withEncodedFailures } from '../../workers/encoded-failures';
import { workflowBundle } from '../workflows/scripted';
import { remote, type Remote } from './support/remote';

jest.setTimeout(120_000);

/** Stands in the goal, in what it runs, and in what fails: if the history held any of it, it would hold this. */
const WORD = 'pomegranate';

describe('a run whose Temporal is not the embedded one', () => {
  let place: Remote;
  let runId: string;
  const key = randomBytes(32).toString('base64url');
  const encryption: EncryptionConfig = { key: 'secret://payload_key', olderKeys: [] };
  const resolve = (): Promise<string> => Promise.resolve(key);
  let client: Client;
  let connection: Connection;

  beforeAll(async () => {
    place = await remote({ encryption }, { SLUICE_SECRET_PAYLOAD_KEY: key });
    connection = await Connection.connect({ address: place.address });
    client = new Client({ connection });
    const file = place.write(
      'goal.yaml',
      `apiVersion: sluice/v1
goal: hidden
description: about ${WORD}
steps:
  - id: make
    sql: { statements: 'create table raw_${WORD} (id bigint)' }
  - id: sane
    needs: [make]
    check: { sql: 'select * from raw_${WORD}_gone' }
`,
    );
    const applied = await place.sluice(['apply', file, '--yes']);
    runId = applied.json.runId as string;
    expect(applied.json).toMatchObject({ error: { message: expect.stringContaining(WORD) as string } });
  });
  afterAll(async () => {
    await connection.close();
    await place.close();
  });

  /** All that a value holds as text: bytes are base64 in its JSON. */
  const textOf = (value: unknown): string => {
    const json = JSON.stringify(value);
    const bytes = [...json.matchAll(/"([A-Za-z0-9+/]{4,}={0,2})"/g)].map(([, base64]) =>
      Buffer.from(base64!, 'base64').toString('latin1'),
    );
    return [json, ...bytes].join('\n');
  };

  it('leaves nothing readable in the history: not the goal, not what it would do, not why it failed', async () => {
    const raw = await client.workflow.getHandle(runId).fetchHistory();
    expect(raw.events!.length).toBeGreaterThan(5);
    const text = textOf(raw);
    expect(text).toContain('binary/encrypted');
    expect(text).toContain('Encoded failure');
    expect(text).not.toContain(WORD);
    const described = await connection.workflowService.describeWorkflowExecution({
      namespace: 'default',
      execution: { workflowId: runId },
    });
    expect(textOf(described)).not.toContain(WORD);
  });

  it('replays from that history', async () => {
    const history = await client.workflow.getHandle(runId).fetchHistory();
    const dataConverter = await dataConverterFor({ encryption }, { address: '', embedded: false }, resolve);
    await Worker.runReplayHistory(
      { workflowBundle: withEncodedFailures(await workflowBundle()), dataConverter },
      history,
    );
  });

  it('is readable to Temporal’s CLI through the codec server, with its token, and not without', async () => {
    const server = await openCodecServer(`${place.root}/.sluice`, {
      ...{
        host: '127.0.0.1',
        port: 0,
        token: 'codec-token',
        cwd: place.root,
        log: () => undefined,
      },
      env: { SLUICE_SECRET_CODEC_TOKEN: 'token-of-this-test', SLUICE_SECRET_PAYLOAD_KEY: key },
    });
    const show = async (token: string): Promise<string> => {
      const args = [
        'workflow',
        'show',
        '--workflow-id',
        runId,
        '--address',
        place.address,
        '--output',
        'json',
      ];
      const codec = ['--codec-endpoint', server.url, '--codec-auth', `Bearer ${token}`];
      const run = promisify(execFile)(findTemporal()!, [...args, ...codec], { maxBuffer: 1e8 });
      return run.then(
        ({ stdout }) => stdout,
        (cause: { stderr: string }) => cause.stderr,
      );
    };
    try {
      const shown = await show('token-of-this-test');
      expect(textOf(JSON.parse(shown))).toContain(WORD);
      expect(textOf({ said: await show('another') })).not.toContain(WORD);
    } finally {
      await server.close();
    }
  });

  it('takes the plain JSON of Temporal’s own tools', async () => {
    const run = promisify(execFile);
    const goal = JSON.stringify({
      apiVersion: 'sluice/v1',
      goal: 'plain',
      steps: [{ id: 'look', check: { sql: 'select 1 where false' } }],
    });
    const at = ['--address', place.address, '--workflow-id', 'plain-by-cli'];
    await run(findTemporal()!, [
      'workflow',
      'start',
      '--type',
      'goal',
      '--task-queue',
      place.taskQueue,
      ...at,
      '--input',
      goal,
    ]);
    const dataConverter = await dataConverterFor({ encryption }, { address: '', embedded: false }, resolve);
    const reading = new Client({ connection, dataConverter });
    expect(await reading.workflow.getHandle('plain-by-cli').result()).toMatchObject({ status: 'succeeded' });
  });

  it('does not start without a word about encryption', async () => {
    await expect(
      dataConverterFor({}, { address: 'temporal.example.com:7233', embedded: false }, resolve),
    ).rejects.toMatchObject({
      code: 'invalid_config',
      problem: { next: expect.stringContaining('encryption: off') as string },
    });
    await expect(dataConverterFor({}, { address: '', embedded: true }, resolve)).resolves.toBeUndefined();
  });
});
