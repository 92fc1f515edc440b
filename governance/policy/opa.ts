import { z } from 'zod';
import { fail, SluiceError } from '../../schemas/errors';
import { durationMs } from '../../schemas/goal';
import { decideSchema, type OpaEngine, requireSchema } from '../../schemas/policy';
import type { Facts } from './facts';
import { join, type Requirement, requirementOf } from './requirement';

/** What a decision may take, in bytes; a server that sends more is not answering the question. */
const MAX_ANSWER = 256 * 1024;

/** What the package must have: `deny`, a set of reasons, and `require`, a set of what it asks for (named, if it likes). */
const answerSchema = z
  .object({
    deny: z.union([z.boolean(), z.array(z.string())]).optional(),
    require: z
      .array(z.union([decideSchema, requireSchema.extend({ name: z.string().optional() })]))
      .optional(),
  })
  .refine(({ deny, require }) => deny !== undefined || require !== undefined);

export interface OpaContext {
  /** Whether a `host:port` may be asked; a policy that came with a goal does not choose where this process connects. */
  allowed(host: string): boolean;
  resolveSecret(reference: string): Promise<string>;
}

export interface OpaAnswer {
  requirement: Requirement;
  /** Names of the rules that matched, where the package gives them. */
  rules: string[];
}

/**
 * Asks an OPA server: POST /v1/data/<package> with `{input}`, answered by `{result}`
 * (https://www.openpolicyagent.org/docs/rest-api#get-a-document-with-input). Redirects are not followed.
 * Throws `policy_unavailable` when it does not answer in time, `policy_invalid` when the answer is none.
 */
export async function askOpa(engine: OpaEngine, facts: Facts, context: OpaContext): Promise<OpaAnswer> {
  const url = new URL(`${engine.url.replace(/\/+$/, '')}/v1/data/${engine.package.replaceAll('.', '/')}`);
  if (!context.allowed(url.host)) throw notAllowed(url.host);
  const text = await post(url, engine, facts, context);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw unusable(engine, 'is not JSON');
  }
  const { result } = (body ?? {}) as { result?: unknown };
  if (result === undefined) throw unusable(engine, 'is undefined: it has no such package');
  const parsed = answerSchema.safeParse(result);
  if (!parsed.success) throw unusable(engine, 'has neither a usable `deny` nor a usable `require`');
  const { deny = [], require = [] } = parsed.data;
  const denied = deny === true ? ['the OPA policy denies it'] : deny === false ? [] : deny;
  const named = require.flatMap((each) =>
    typeof each === 'object' && 'name' in each && each.name ? [each.name] : [],
  );
  return {
    requirement: join([
      { ...requirementOf('auto', ''), deny: denied },
      ...require.map((each) => requirementOf(each, 'the OPA policy denies it')),
    ]),
    rules: [...new Set(named)].sort(),
  };
}

async function post(url: URL, engine: OpaEngine, facts: Facts, context: OpaContext): Promise<string> {
  const token = engine.token === undefined ? undefined : await context.resolveSecret(engine.token);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ input: facts }),
      redirect: 'error',
      signal: AbortSignal.timeout(durationMs(engine.timeout)),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw unavailable(engine, `answered with status ${response.status}`);
    }
    return await limited(response, engine);
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    const late = cause instanceof Error && cause.name === 'TimeoutError';
    throw unavailable(engine, late ? `did not answer within ${engine.timeout}` : 'cannot be reached', cause);
  }
}

async function limited(response: Response, engine: OpaEngine): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > MAX_ANSWER) throw unusable(engine, `has more than ${MAX_ANSWER} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const DENIED = 'What cannot be evaluated is denied: nothing was applied.';

function unavailable(engine: OpaEngine, what: string, cause?: unknown): SluiceError {
  return fail('policy_unavailable', `The OPA server ${new URL(engine.url).host} ${what}.`, {
    state: DENIED,
    next: 'See that the server runs and can be reached from the worker, and run the goal again.',
    cause,
  });
}

function unusable(engine: OpaEngine, what: string): SluiceError {
  return fail('policy_invalid', `What the OPA server answers for the package ${engine.package} ${what}.`, {
    state: DENIED,
    next: 'The package needs `deny` (reasons) or `require` (what it asks for); docs/policy.md has an example.',
  });
}

function notAllowed(host: string): SluiceError {
  return fail(
    'policy_invalid',
    `The goal's policy names the OPA server ${host}, which this worker may not ask.`,
    {
      state: DENIED,
      next: `Its operator allows it with policy: { hosts: ["${host}"] } in the worker's sluice.config.yaml.`,
    },
  );
}
