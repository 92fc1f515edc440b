import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { post, refusedAddress } from '../../../governance/notify/egress';
import { wants } from '../../../governance/notify/match';
import type { Message } from '../../../governance/notify/message';
import { send, type Senders } from '../../../governance/notify/send';
import { isGenuine, signed } from '../../../governance/notify/signature';
import { slackBody } from '../../../governance/notify/slack';
import { notifierSchema } from '../../../schemas/notifiers';

const message: Message = {
  event: 'gate_opened',
  title: 'flights waits for a decision',
  text: ['One person must approve.', '<!channel> & <https://evil.example|click>'],
  goal: 'flights',
  runId: 'flights-1',
  workflowId: 'flights-1',
  status: 'waiting',
  owner: 'data@example.com',
  environment: 'dev',
  warehouse: 'local',
  digest: 'd'.repeat(64),
  commands: [{ label: 'approve', command: 'sluice approve flights-1 --digest dddddddddddd' }],
  link: 'http://127.0.0.1:8233/namespaces/default/workflows/flights-1',
  at: '2026-01-01T00:00:00.000Z',
};
const SECRETS: Record<string, string> = {
  'secret://key': 'whsec_c2VjcmV0IGtleQ==',
  'secret://pw': 'mail-pw',
};
const senders: Senders = {
  resolveSecret: (reference) => Promise.resolve(SECRETS[reference] ?? ''),
  log: { info: () => undefined },
};

/** A real HTTP server that notes what it is sent. */
async function receiver(
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end('ok'),
): Promise<{
  url: string;
  port: number;
  got: { headers: IncomingMessage['headers']; body: string }[];
  server: Server;
}> {
  const got: { headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, port, got, server };
}

describe('a webhook', () => {
  it('is signed so that its receiver can tell it is genuine, whole and of now', async () => {
    const { url, got, server } = await receiver();
    const notifier = notifierSchema.parse({ kind: 'webhook', url, secret: 'secret://key', private: true });
    await send(senders, notifier, message, 'flights-1:gate_opened:hook');
    server.close();
    const [{ headers, body }] = got as [(typeof got)[0]];
    const given = headers as Record<string, string>;
    const secret = SECRETS['secret://key']!;
    expect(isGenuine(given, body, secret)).toBe(true);
    expect(isGenuine(given, body.replace('flights', 'fligths'), secret)).toBe(false);
    expect(isGenuine(given, body, 'whsec_b3RoZXI=')).toBe(false);
    const later = Number(given['webhook-timestamp']) + 301;
    expect(isGenuine(given, body, secret, later)).toBe(false);
    expect(isGenuine({ ...given, 'webhook-id': 'another' }, body, secret)).toBe(false);
    expect(given['idempotency-key']).toBe('flights-1:gate_opened:hook');
    expect(JSON.parse(body)).toMatchObject({ type: 'sluice.gate_opened', data: { runId: 'flights-1' } });
  });

  it('has the signature of the standard’s own example', () => {
    // https://github.com/standard-webhooks/standard-webhooks: the vector of its reference libraries.
    const headers = signed(
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1614265330,
      '{"test": 2432232314}',
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    );
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('follows no redirect, whatever it points at', async () => {
    const inner = await receiver();
    const outer = await receiver((_, response) => response.writeHead(307, { location: inner.url }).end());
    const notifier = notifierSchema.parse({
      ...{ kind: 'webhook', url: outer.url, secret: 'secret://key', private: true },
    });
    await expect(send(senders, notifier, message, 'k')).rejects.toThrow('307; redirects are not followed');
    expect(inner.got).toEqual([]);
    inner.server.close();
    outer.server.close();
  });
});

describe('where nothing is sent', () => {
  it.each([
    ['169.254.169.254', true],
    ['::ffff:169.254.169.254', true],
    ['fe80::1', true],
    ['0.0.0.0', true],
    ['127.0.0.1', false],
    ['::1', false],
    ['10.1.2.3', false],
    ['192.168.0.1', false],
    ['fd12::1', false],
  ])('%s (private allowed: %s)', (address, allowed) => {
    expect(refusedAddress(address, allowed)).toBeDefined();
  });

  it('a public address, and a private one that is named as such, are fine', () => {
    expect(refusedAddress('93.184.216.34', false)).toBeUndefined();
    expect(refusedAddress('10.1.2.3', true)).toBeUndefined();
  });

  it('a name that leads to a private address is refused when it is looked up', async () => {
    await expect(post(new URL('https://localhost:1/'), '{}', {}, false)).rejects.toMatchObject({
      problem: { code: 'permission_denied' },
    });
  });

  it('http: to a public address', async () => {
    await expect(post(new URL('http://example.com/'), '{}', {}, false)).rejects.toThrow('only https:');
  });

  it('a Slack secret that is a URL of another host', async () => {
    const { port, got, server } = await receiver();
    const notifier = notifierSchema.parse({ kind: 'slack', url: 'secret://slack', private: true });
    const resolveSecret = (): Promise<string> => Promise.resolve(`http://127.0.0.1:${port}/services/T/B/x`);
    await expect(send({ ...senders, resolveSecret }, notifier, message, 'k')).rejects.toThrow(
      'no URL of hooks.slack.com',
    );
    const named = notifierSchema.parse({ ...notifier, host: `127.0.0.1:${port}` });
    await send({ ...senders, resolveSecret }, named, message, 'k');
    expect(got).toHaveLength(1);
    server.close();
  });
});

it('Slack is sent blocks with the commands and the link, and texts that are no mention and no link', () => {
  const body = slackBody(message);
  const { blocks } = JSON.parse(body) as { blocks: { type: string }[] };
  expect(blocks.map(({ type }) => type)).toEqual(['header', 'section', 'section', 'section', 'actions']);
  expect(body).toContain('sluice approve flights-1 --digest dddddddddddd');
  expect(body).toContain('"url":"http://127.0.0.1:8233/namespaces/default/workflows/flights-1"');
  expect(body).not.toContain('<!channel>');
  expect(body).not.toContain('<https:');
});

it('mail goes through a real SMTP server, signed in, with one message id however often it is sent', async () => {
  const mails: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _, callback) =>
      username === 'sluice' && password === 'mail-pw'
        ? callback(null, { user: username })
        : callback(new Error('refused')),
    onData(stream, _, callback) {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => {
        mails.push(text);
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  const notifier = notifierSchema.parse({
    ...{ kind: 'smtp', host: 'localhost', port, tls: 'none', private: true },
    ...{ user: 'sluice', password: 'secret://pw', from: 'sluice@example.com', to: ['ops@example.com'] },
  });
  await send(senders, notifier, { ...message, title: 'two\r\nBcc: x@example.com' }, 'k1');
  await send(senders, notifier, message, 'k1');
  const unencrypted = { ...notifier, private: false };
  await expect(send(senders, unencrypted, message, 'k1')).rejects.toThrow('unencrypted');
  await new Promise<void>((resolve) => server.close(() => resolve()));
  expect(mails).toHaveLength(2);
  const ids = mails.map((mail) => /^Message-ID: (.*)$/im.exec(mail)?.[1]);
  expect(ids[0]).toBe(ids[1]);
  expect(mails[0]).toMatch(/^Subject: \[sluice\] two Bcc: x@example.com\r?$/m);
  expect(mails[0]!.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/m);
  expect(mails[1]).toContain('sluice approve flights-1');
});

it('a notifier hears of what its filters let through', () => {
  const of = (filters: object): boolean => wants(notifierSchema.parse({ kind: 'log', ...filters }), message);
  expect(of({})).toBe(true);
  expect(of({ events: ['gate_opened'], goals: ['fli*'], environments: ['dev'] })).toBe(true);
  expect(of({ events: ['failed'] })).toBe(false);
  expect(of({ goals: ['flight'] })).toBe(false);
  expect(of({ owners: ['ops@*'] })).toBe(false);
  expect(of({ environments: ['protected'] })).toBe(false);
});

it.each([
  ['a secret written out', { kind: 'webhook', url: 'https://a.example', secret: 'hunter2' }],
  ['a Slack URL written out', { kind: 'slack', url: 'https://hooks.slack.com/services/T/B/x' }],
  ['another protocol', { kind: 'webhook', url: 'file:///etc/passwd', secret: 'secret://k' }],
  ['an event that is none', { kind: 'log', events: ['party'] }],
  ['mail to nobody', { kind: 'smtp', host: 'h', from: 'a@b', to: [] }],
])('%s is refused in the configuration', (_, notifier) => {
  expect(notifierSchema.safeParse(notifier).success).toBe(false);
});
