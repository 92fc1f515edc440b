import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as inProcess from '../e2e/in-process';
import { Client } from '@temporalio/client';
import { tracingClientInterceptor } from '../../runtime/tracing/client';
import { inSpan } from '../../runtime/tracing/span';
import { startTracing, type Tracing } from '../../runtime/tracing/start';
import { activityTracing } from '../../workers/tracing';
import { realEngine } from '../e2e/in-process';

jest.setTimeout(120_000);

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: number | string } }[];
  status?: { code?: number; message?: string };
}

let collector: Server;
let endpoint: string;
const bodies: string[] = [];

beforeAll(async () => {
  // OTLP/HTTP: https://opentelemetry.io/docs/specs/otlp/#otlphttp. The exporter's JSON is parsed as sent.
  collector = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (request.url === '/v1/traces' && request.method === 'POST') bodies.push(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});
afterAll(() => collector?.close());

const spansOf = (): Span[] =>
  bodies
    .map((body) => JSON.parse(body))
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans as Span[]);
const valueOf = (span: Span, key: string): unknown => {
  const found = span.attributes.find((attribute) => attribute.key === key)?.value;
  return found?.stringValue ?? (found?.intValue === undefined ? undefined : Number(found.intValue));
};

it('one trace from the client through the workflow to the SQL, without a value of any row', async () => {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
  // On a busy machine an export takes its time; the spans, not the speed, are what is asked for.
  const tracing: Tracing = startTracing('test', '1', 60_000);
  const engine: inProcess.RealEngine = await realEngine('tracing', {
    activityInterceptors: [activityTracing()],
  });
  try {
    engine.write('a.csv', 'name,n\nZanzibar-Secret,471147114711\n');
    const goal = {
      goal: 'traced',
      steps: [
        { id: 'load', ingest: { from: { files: 'a.csv' }, into: 'raw.traced', mode: 'append' } },
        {
          id: 'sane',
          needs: ['load'],
          check: { sql: `select * from raw.traced where name = 'Hidden-Literal'` },
        },
      ],
    };
    const client = new Client({
      connection: engine.client.connection,
      namespace: engine.client.options.namespace,
      interceptors: { workflow: [tracingClientInterceptor()] },
    });
    await inSpan('sluice apply', {}, async () => {
      const handle = await engine.start(goal, {}, client);
      const { digest } = await engine.status(handle, ['waiting']);
      await client.workflow.getHandle(handle.workflowId).executeUpdate('decide', {
        args: [{ verdict: 'approve', digest, by: 'ann' }],
      });
      expect((await engine.outcome(handle)).status).toBe('succeeded');
    });
  } finally {
    await engine.close();
    await tracing.stop();
    delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  }

  const spans = spansOf();
  const named = (name: string, step?: string): Span => {
    const span = spans.find(
      (candidate) =>
        candidate.name === name && (step === undefined || valueOf(candidate, 'sluice.step') === step),
    );
    if (!span) throw new Error(`no span ${name} among ${spans.map((other) => other.name).join(', ')}`);
    return span;
  };
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  const command = named('sluice apply');
  expect(command.parentSpanId ?? '').toBe('');
  const start = named('StartWorkflow:goal');
  expect(start.parentSpanId).toBe(command.spanId);
  for (const activity of ['admit', 'seal', 'record']) {
    expect(named(`RunActivity:${activity}`).parentSpanId).toBe(start.spanId);
  }
  // What an update causes is under the update.
  const update = named('UpdateWorkflow:decide');
  expect(update.parentSpanId).toBe(command.spanId);
  expect(named('RunActivity:decide').parentSpanId).toBe(update.spanId);

  const apply = named('RunActivity:apply', 'load');
  expect(apply.parentSpanId).toBe(start.spanId);
  expect(valueOf(apply, 'sluice.goal')).toBe('traced');
  expect(valueOf(apply, 'sluice.attempt')).toBe(1);
  const statements = spans.filter(({ parentSpanId }) => parentSpanId === apply.spanId);
  const copy = statements.find(({ name }) => name === 'COPY')!;
  expect(valueOf(copy, 'sluice.rows')).toBe(1);
  expect(valueOf(copy, 'sluice.bytes')).toBeGreaterThan(10);
  expect(statements.map(({ name }) => name)).toEqual(expect.arrayContaining(['INSERT', 'SELECT', 'COPY']));
  expect(statements.every((span) => valueOf(span, 'db.system.name') === 'postgresql')).toBe(true);

  const everything = bodies.join('\n');
  for (const value of ['Zanzibar', '471147114711', 'Hidden-Literal', engine.database.password])
    expect(everything).not.toContain(value);
});

it('a collector that is away delays the end of a process by two seconds at most, and fails nothing', async () => {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:1';
  const tracing = startTracing('test', '1');
  const result = await inSpan('work', {}, () => Promise.resolve(7));
  await tracing.stop();
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  expect(result).toBe(7);
});
