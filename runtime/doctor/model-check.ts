import { existsSync } from 'node:fs';
import path from 'node:path';
import { llmOf } from '../../schemas/llm';
import { loadConfig } from '../config';
import { findConfig, type HomePaths } from '../home';
import { readStack } from '../stack-file';
import { type Diagnosis, ok, warning } from './check';

const SERVICE = 'https://api.anthropic.com';

/**
 * What `sluice ask` would work with. Looked at only: no model is called, and no secret is read. That there is no key is
 * no fault, for everything else works without one.
 */
export function modelOf(paths: HomePaths, cwd: string, env: NodeJS.ProcessEnv = process.env): Diagnosis {
  const config = loadConfig(findConfig(paths.home, cwd));
  const llm = llmOf(config);
  const worker = readStack(paths)?.worker.model;
  const at = llm.baseUrl === undefined ? (worker?.baseUrl ?? SERVICE) : new URL(llm.baseUrl).origin;
  const { large, small } = llm.models;
  const what = `${large === small ? large : `${large} and ${small}`} at ${at}`;
  const name = llm.apiKey.replace('secret://', '');
  if (existsSync(path.join(paths.secrets, name))) return ok('model', `${what}, key from ${llm.apiKey}`);
  if (worker?.key) return ok('model', `${what}, key from the worker’s environment`);
  if (config.secrets.vault) return ok('model', `${what}; whether Vault has ${llm.apiKey} was not looked at`);
  if (worker && env.ANTHROPIC_API_KEY)
    return warning(
      'model',
      'ANTHROPIC_API_KEY is set here, but not for the worker that runs',
      'sluice secret set ANTHROPIC_API_KEY, or sluice down && sluice up',
    );
  return ok('model', `no key in ${llm.apiKey}: \`ask\` needs one, everything else works without`);
}
