import type { Role } from '../../../llm/roles/role';
import type { AgentRef, AskInput, AskRef } from '../../../schemas/ask';
import { fail } from '../../../schemas/errors';
import { llmOf, type LlmConfig } from '../../../schemas/llm';
import { bundleToRead, type AskGround } from '../bundle';
import { outdated } from '../../outdated';
import type { ActivityScope } from '../../run-context';
import type { Bundle, Services } from '../../services';
import type { ToolContext } from '../tools/tool';

/** What an ask is about and what it stands on, as every activity of it needs it. */
export interface AskGrounds {
  input: AskInput;
  bundle: Bundle;
  llm: LlmConfig;
}

/** Inputs do not change (they are content-addressed), so a worker keeps the few newest. */
const grounds = new Map<string, AskGrounds>();

export async function groundsOf(services: Services, ask: AskRef): Promise<AskGrounds> {
  const kept = grounds.get(ask.input);
  if (kept) return kept;
  const { artifacts } = services.store;
  const input = await artifacts.getJson<AskInput>(ask.input);
  const ground = await artifacts.getJson<AskGround>(input.bundle);
  const bundle = bundleToRead(input, ground);
  const found = { input, bundle, llm: llmOf(bundle.config) };
  grounds.set(ask.input, found);
  if (grounds.size > 50) grounds.delete(grounds.keys().next().value!);
  return found;
}

export function roleOf(services: Services, name: string): Role {
  const role = services.ask.roles.get(name);
  if (!role) throw outdated(`the role "${name}"`);
  return role;
}

export async function toolContext(
  services: Services,
  agent: AgentRef,
  bundle: Bundle,
  scope: ActivityScope,
): Promise<ToolContext> {
  return {
    services,
    agent,
    bundle,
    warehouse: await services.warehouse(bundle),
    signal: scope.signal,
    heartbeat: () => scope.heartbeat(),
  };
}

/** @throws `usage` for an ask without words. */
export function assertWords(text: string): void {
  if (/[\p{L}\p{N}]/u.test(text)) return;
  throw fail('usage', 'The ask has no words.', {
    next: 'Say what you want, as in `sluice ask "load flights.csv into raw.flights every morning"`.',
  });
}
