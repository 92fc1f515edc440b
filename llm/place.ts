import { rememberSecret } from '../governance/redact';
import type { ResolveSecret } from '../governance/secrets';
import { fail, SluiceError } from '../schemas/errors';
import type { LlmConfig } from '../schemas/llm';
import type { ModelPlace } from './client';

const SERVICE = 'https://api.anthropic.com';

/**
 * The key and the address a bundle's configuration means: the secret it names, else ANTHROPIC_API_KEY of the worker's
 * own environment. Nothing else is searched.
 * @throws `llm_key_missing`
 */
export async function placeOf(
  llm: LlmConfig,
  resolveSecret: ResolveSecret,
  env: NodeJS.ProcessEnv,
): Promise<ModelPlace> {
  const apiKey = (await configured(llm, resolveSecret)) ?? env.ANTHROPIC_API_KEY?.trim();
  if (apiKey === undefined || apiKey === '') {
    throw fail('llm_key_missing', `There is no API key for the model (${llm.apiKey}).`, {
      next:
        'Run `sluice secret set ANTHROPIC_API_KEY`, or set ANTHROPIC_API_KEY for the worker. Everything but `ask` ' +
        'works without one: write the goal document yourself and run `sluice plan FILE`.',
      place: 'llm.apiKey',
    });
  }
  rememberSecret(apiKey);
  return { apiKey, baseUrl: llm.baseUrl ?? (env.ANTHROPIC_BASE_URL?.trim() || SERVICE) };
}

async function configured(llm: LlmConfig, resolveSecret: ResolveSecret): Promise<string | undefined> {
  try {
    return await resolveSecret(llm.apiKey);
  } catch (cause) {
    if (cause instanceof SluiceError && cause.code === 'secret_missing') return undefined;
    throw cause;
  }
}
