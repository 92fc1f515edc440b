import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { engineOf, gateFor, problemOf } from './support';

/** What OPA's REST interface was asked, and the stand-in's answer to it. */
interface Asked {
  method: string;
  path: string;
  authorization: string | undefined;
  input: { environment: string; changes: { risk: string }[] };
}

describe('an OPA server', () => {
  let server: Server;
  let url: string;
  let asked: Asked[];
  let answer: (response: ServerResponse, input: Asked['input']) => void;
  const says = (body: unknown) => (response: ServerResponse) =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));

  beforeAll(async () => {
    server = createServer((request: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { input } = JSON.parse(Buffer.concat(chunks).toString()) as { input: Asked['input'] };
        const { method = '', url: path = '', headers } = request;
        asked.push({ method, path, authorization: headers.authorization, input });
        answer(response, input);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => (asked = []));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const policy = (more = ''): string =>
    `floor: auto\nengine: { opa: { url: "${url}", package: sluice.policy, timeout: 300ms${more} } }\n`;

  it('is asked with the facts, and decides with what it requires', async () => {
    answer = says({
      result: { require: [{ name: 'big', approvers: 2, roles: { dba: 1 } }, 1], allow: true },
    });
    const gate = await gateFor(engineOf(policy(', token: secret://opa')), {
      environment: 'staging',
      changes: [{ risk: 'destructive' }],
    });
    expect(gate).toMatchObject({ approvers: 2, roles: { dba: 1 }, rules: ['big'] });
    expect(asked).toEqual([
      {
        method: 'POST',
        path: '/v1/data/sluice/policy',
        authorization: 'Bearer s3cret',
        input: expect.objectContaining({
          environment: 'staging',
          changes: [expect.objectContaining({ risk: 'destructive' })],
        }),
      },
    ]);
  });

  it('denies with reasons', async () => {
    answer = says({ result: { deny: ['not on Fridays'] } });
    expect(await gateFor(engineOf(policy()))).toMatchObject({ denied: ['not on Fridays'] });
    answer = says({ result: { deny: true } });
    expect((await gateFor(engineOf(policy()))).denied).toHaveLength(1);
  });

  it('adds to the rules of the file, never takes away', async () => {
    answer = says({ result: { deny: [], require: [] } });
    expect(await gateFor(engineOf(`${policy()}rules: [{ name: r, decide: 2 }]`))).toMatchObject({
      approvers: 2,
    });
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['answers nothing (no such package)', says({}), 'policy_invalid'],
    ['answers neither deny nor require', says({ result: { allow: true } }), 'policy_invalid'],
    ['requires nonsense', says({ result: { require: [{ approvers: 'many' }] } }), 'policy_invalid'],
    ['answers something else than JSON', (response) => void response.end('<html>'), 'policy_invalid'],
    ['answers without end', (response) => void response.end('x'.repeat(300_000)), 'policy_invalid'],
    ['answers 500', (response) => void response.writeHead(500).end(), 'policy_unavailable'],
    [
      'sends elsewhere',
      (response) => void response.writeHead(307, { location: '/v1/data/x' }).end(),
      'policy_unavailable',
    ],
    ['says nothing in time', () => undefined, 'policy_unavailable'],
    ['hangs up', (response) => void response.destroy(), 'policy_unavailable'],
  ])('that %s denies', async (_what, how, code) => {
    answer = how;
    expect(await problemOf(gateFor(engineOf(policy())))).toMatchObject({
      code,
      state: expect.stringContaining('denied'),
    });
  });

  it('that is not there denies', async () => {
    const gone = policy().replace(/:\d+"/, ':1"');
    expect(await problemOf(gateFor(engineOf(gone)))).toMatchObject({ code: 'policy_unavailable' });
  });

  it('is asked for a goal’s policy only where the worker’s operator allows its host', async () => {
    answer = says({ result: { deny: [] } });
    const problem = await problemOf(gateFor(engineOf(undefined), { project: policy() }));
    expect(problem).toMatchObject({ code: 'policy_invalid', next: expect.stringContaining('hosts') });
    expect(asked).toEqual([]);
    const { host } = new URL(url);
    await gateFor(engineOf(undefined, [host]), { project: policy() });
    expect(asked).toHaveLength(1);
  });
});
