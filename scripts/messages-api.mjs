/**
 * `npm run messages-api -- [OPTIONS]`: a server on this machine that behaves like the Messages API, until it is told to
 * stop. docs/messages-api.md says what it does.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { isInstalled, main, Refusal, root, say } from './lib/prepare.mjs';

const require = createRequire(import.meta.url);

const HELP = `npm run messages-api -- [OPTIONS]

A server on this machine that behaves like Anthropic's Messages API. It prints its URL and runs until it is stopped.
Then, in another terminal:
  export ANTHROPIC_BASE_URL=URL ANTHROPIC_API_KEY=test-key

Where answers come from, in this order:
  --script FILE    rules: a .json or .yaml file with a list of them, or a .mjs/.cjs/.ts file that exports one as default
  --replay DIR     what was recorded there, by what was asked
  --bridge DIR     you: each request is DIR/NNNN.request.json, its answer is awaited as DIR/NNNN.response.json:
                   {"text": "…"}, {"tool": "NAME", "input": {…}}, {"tools": [{"name", "input"}]}, {"json": …},
                   {"content": [blocks]}, a whole message, or {"error": {"status": 529, "type": "overloaded_error"}}

  --record DIR     writes every answer there, for --replay
  --fault NAME     the first request gets this fault; may be repeated, for those that follow
  --pace MS        between two events of a stream
  --port N         default: a free one
  --key KEY        the one that is accepted; default: test-key
  --json           the URL as one JSON document on stdout
  --help

Faults: FAULTS
A single request asks for one with the header \`x-fault: NAME\`. While it runs: GET /_/counts, GET /_/requests,
POST /_/faults ["NAME", …].
`;

main(async () => {
  if (!isInstalled()) throw new Refusal('dependencies are missing: run `npm run setup` first');
  require('./lib/typescript-hook.cjs');
  const { startMessagesApi } = require(path.join(root, 'test', 'messages-api', 'server.ts'));
  const { FAULTS, faultFrom } = require(path.join(root, 'test', 'messages-api', 'faults.ts'));
  const flags = flagsFrom();
  if (flags.help) return void process.stdout.write(HELP.replace('FAULTS', FAULTS.join(', ')));
  const unknown = (flags.fault ?? []).find((name) => !FAULTS.includes(name));
  if (unknown !== undefined)
    throw new Refusal(`no fault is called ${unknown}; there are ${FAULTS.join(', ')}`);
  if (!flags.script && !flags.replay && !flags.bridge)
    throw new Refusal('nobody would answer: give --script, --replay or --bridge (see --help)');
  if (flags.replay && !existsSync(flags.replay)) throw new Refusal(`there is no directory ${flags.replay}`);

  const api = await startMessagesApi({
    ...(flags.port === undefined ? {} : { port: whole(flags.port, '--port') }),
    ...(flags.pace === undefined ? {} : { paceMs: whole(flags.pace, '--pace') }),
    apiKey: flags.key,
    script: flags.script === undefined ? [] : await rules(flags.script),
    record: flags.record,
    replay: flags.replay,
    bridge: flags.bridge,
    onRequest: ({ nth, body }) =>
      say(`request ${nth}: ${body?.model}, ${body?.messages?.length ?? 0} messages`),
  });
  api.fail(...(flags.fault ?? []).map(faultFrom));
  process.stdout.write(
    flags.json ? `${JSON.stringify({ url: api.url, apiKey: api.apiKey })}\n` : `${api.url}\n`,
  );
  if (flags.bridge) say(`requests appear in ${path.resolve(flags.bridge)}`);
  await new Promise((resolve) => ['SIGINT', 'SIGTERM'].forEach((signal) => process.once(signal, resolve)));
  const { arrived, paid, refused } = api.counts();
  await api.stop();
  say(`stopped; ${arrived} requests, ${paid} answered, ${refused} refused`);
});

function flagsFrom() {
  const text = { type: 'string' };
  try {
    return parseArgs({
      options: {
        ...{ script: text, replay: text, bridge: text, record: text, pace: text, port: text, key: text },
        fault: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new Refusal(`${error.message} (see --help)`);
  }
}

function whole(value, flag) {
  if (!/^\d+$/.test(value)) throw new Refusal(`${flag} is a whole number, not ${value}`);
  return Number(value);
}

async function rules(file) {
  const full = path.resolve(file);
  if (!existsSync(full)) throw new Refusal(`there is no file ${file}`);
  const found = /\.(json|ya?ml)$/.test(full)
    ? require('yaml').parse(readFileSync(full, 'utf8'))
    : /\.(ts|cjs)$/.test(full)
      ? require(full)
      : await import(pathToFileURL(full).href);
  const list = found.default ?? found;
  if (!Array.isArray(list)) throw new Refusal(`${file} has no list of rules`);
  return list;
}
