import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientOf, OPUS, says } from './client';
import { startMessagesApi, type MessagesApi, type MessagesApiOptions } from './server';

let directory: string;
const running: MessagesApi[] = [];
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-messages-'));
});
afterEach(async () => {
  for (const api of running.splice(0)) await api.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function start(options: MessagesApiOptions): Promise<MessagesApi> {
  const api = await startMessagesApi(options);
  running.push(api);
  return api;
}
async function until(found: () => boolean): Promise<void> {
  while (!found()) await sleep(10);
}
const file = (name: string) => path.join(directory, name);

describe('recordings', () => {
  it('give what was answered to the same request, streamed or not, and nothing else', async () => {
    const first = await start({ record: directory, script: [{ text: 'recorded', thinking: 'why' }] });
    const given = await clientOf(first).messages.create(says('a', { model: OPUS }));
    const second = await start({ replay: directory });
    const client = clientOf(second);
    const request = says('a', { model: OPUS, metadata: { user_id: 'x' } });
    expect((await client.messages.create(request)).content).toEqual(given.content);
    expect((await client.messages.stream(request).finalMessage()).content).toEqual(given.content);
    await expect(
      client.messages.create({ ...request, system: 'other', max_tokens: 9 }),
    ).rejects.toMatchObject({
      status: 400,
      apiMessage: expect.stringMatching(/no recording of request .* differs in max_tokens, system/),
    });
  });

  it('hold no key and no header', async () => {
    const api = await start({ record: directory, script: [{ text: 'recorded' }] });
    await clientOf(api).messages.create(says('a'));
    const [name] = readdirSync(directory);
    expect(readFileSync(file(name!), 'utf8')).not.toMatch(/test-key|authorization/i);
  });
});

describe('a bridge', () => {
  it('shows each request as a file and awaits its answer as another', async () => {
    const client = clientOf(await start({ bridge: directory }));
    const answered = client.messages.create(says('what now'));
    await until(() => existsSync(file('0001.request.json')));
    expect(JSON.parse(readFileSync(file('0001.request.json'), 'utf8'))).toEqual(says('what now'));
    writeFileSync(file('0001.response.json'), JSON.stringify({ text: 'this' }));
    await expect(answered).resolves.toMatchObject({ content: [{ text: 'this' }] });
    const next = client.messages.create(says('and now'));
    await until(() => existsSync(file('0002.request.json')));
    writeFileSync(
      file('0002.response.json'),
      JSON.stringify({ error: { status: 529, type: 'overloaded_error' } }),
    );
    await expect(next).rejects.toMatchObject({ status: 529 });
  });

  it('accepts a whole message', async () => {
    const scripted = await start({ script: [{ text: 'whole' }] });
    const message = await clientOf(scripted).messages.create(says('a'));
    const answered = clientOf(await start({ bridge: directory })).messages.create(says('a'));
    await until(() => existsSync(file('0001.request.json')));
    writeFileSync(file('0001.response.json'), JSON.stringify(message));
    await expect(answered).resolves.toMatchObject({ content: message.content });
  });

  it('says what is wrong with an answer and reads it again when it is corrected', async () => {
    const answered = clientOf(await start({ bridge: directory })).messages.create(says('a'));
    await until(() => existsSync(file('0001.request.json')));
    writeFileSync(file('0001.response.json'), '{"txt": "typo"}');
    await until(() => existsSync(file('0001.error.txt')));
    expect(readFileSync(file('0001.error.txt'), 'utf8')).toMatch(/unknown key txt/);
    writeFileSync(file('0001.response.json'), '{"text": "right"}');
    await expect(answered).resolves.toMatchObject({ content: [{ text: 'right' }] });
    expect(existsSync(file('0001.error.txt'))).toBe(false);
  });

  it('does not ask again what a client asks again because it lost the answer', async () => {
    const api = await start({ bridge: directory });
    const client = clientOf(api);
    const control = new AbortController();
    const lost = client.messages.create(says('a'), { signal: control.signal });
    await until(() => existsSync(file('0001.request.json')));
    control.abort();
    await expect(lost).rejects.toThrow();
    await until(() => api.requests[0]!.outcome === 'gone');
    writeFileSync(file('0001.response.json'), '{"text": "late"}');
    await expect(client.messages.create(says('a'))).resolves.toMatchObject({ content: [{ text: 'late' }] });
    expect(readdirSync(directory).filter((name) => name.endsWith('.request.json'))).toEqual([
      '0001.request.json',
    ]);
  });
});
