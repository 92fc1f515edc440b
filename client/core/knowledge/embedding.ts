import { openSecrets } from '../../../governance/open-secrets';
import type { Embedding } from '../../../llm/knowledge';
import { loadConfig } from '../../../runtime/config';
import { findConfig } from '../../../runtime/home';
import { llmOf } from '../../../schemas/llm';

/** The embeddings endpoint that the configuration names, if it names one. */
export function embeddingOf(home: string, { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): Embedding {
  const config = loadConfig(findConfig(home, cwd));
  return { config: llmOf(config).embeddings, resolveSecret: openSecrets(config.secrets, home, env).resolve };
}
