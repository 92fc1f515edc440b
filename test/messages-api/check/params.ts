import { ApiError, invalid } from '../errors';
import { MODELS, type ModelFacts } from '../models';
import type { Body } from '../request';
import { checkFormat } from './format';
import { checkTools } from './tools';
import { checkTurns } from './turns';

const KEYS: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'max_tokens', 'system', 'tools', 'tool_choice', 'thinking', 'output_config'],
  ...['stream', 'stop_sequences', 'metadata', 'cache_control', 'service_tier', 'speed', 'container'],
  ...['diagnostics', 'inference_geo'],
]);
const REMOVED = ['temperature', 'top_p', 'top_k'];
const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'];

/** Refuses what the service refuses, in its words where they are known; else answers with what the model can do. */
export function checkRequest(value: unknown, counting: boolean): { body: Body; facts: ModelFacts } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('The request body is not valid JSON: an object is expected');
  const given = value as Record<string, unknown>;
  for (const key of REMOVED)
    if (key in given) throw invalid(`${key}: this parameter is not supported; remove it from the request`);
  for (const key of Object.keys(given))
    if (!KEYS.has(key)) throw invalid(`${key}: Extra inputs are not permitted`);

  if (typeof given.model !== 'string') throw invalid('model: Field required');
  const facts = MODELS[given.model];
  if (!facts) throw new ApiError({ status: 404, type: 'not_found_error', message: `model: ${given.model}` });
  if (!counting) checkMaxTokens(given.max_tokens, given.model, facts);
  if (given.stream !== undefined && typeof given.stream !== 'boolean')
    throw invalid('stream: Input should be a valid boolean');

  checkThinkingParam(given.thinking, given.model, given.max_tokens, facts);
  checkTools(given.tools, given.tool_choice, given.model, facts, given.thinking);
  checkOutput(given.output_config);
  checkSystem(given.system);
  checkTurns(given.messages, { tools: Array.isArray(given.tools) && given.tools.length > 0 });
  return { body: value as Body, facts };
}

function checkMaxTokens(value: unknown, model: string, facts: ModelFacts): void {
  if (value === undefined) throw invalid('max_tokens: Field required');
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw invalid('max_tokens: Input should be a valid integer that is not negative');
  if (value > facts.maxOutput)
    throw invalid(
      `max_tokens: ${value} > ${facts.maxOutput}, which is the maximum allowed number of output tokens for ${model}`,
    );
}

function checkThinkingParam(value: unknown, model: string, maxTokens: unknown, facts: ModelFacts): void {
  if (value === undefined) return;
  const { type, budget_tokens } = (value ?? {}) as Record<string, unknown>;
  if (!['adaptive', 'enabled', 'disabled', 'between_tools'].includes(type as string))
    throw invalid(`thinking.type: Input tag '${String(type)}' does not match any of the expected tags`);
  const newer = facts.thinking === 'always' || model === 'claude-sonnet-5-5';
  if (newer && (type === 'disabled' || type === 'enabled'))
    throw invalid(
      `"thinking.type.${type}" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`,
    );
  if (facts.thinking === 'always' && type === 'between_tools')
    throw invalid('"thinking.type.between_tools" is not supported for this model.');
  if (type === 'enabled' && !(typeof budget_tokens === 'number' && budget_tokens >= 1_024))
    throw invalid('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024');
  if (type === 'enabled' && typeof maxTokens === 'number' && (budget_tokens as number) >= maxTokens)
    throw invalid('`max_tokens` must be greater than `thinking.budget_tokens`');
}

function checkOutput(value: unknown): void {
  if (value === undefined) return;
  const { effort, format, ...rest } = (value ?? {}) as Record<string, unknown>;
  const extra = Object.keys(rest)[0];
  if (extra !== undefined) throw invalid(`output_config.${extra}: Extra inputs are not permitted`);
  if (effort !== undefined && effort !== null && !EFFORTS.includes(effort as string))
    throw invalid(`output_config.effort: Input should be ${EFFORTS.join(', ')}`);
  if (format !== undefined && format !== null) checkFormat(format);
}

function checkSystem(value: unknown): void {
  if (value === undefined || typeof value === 'string') return;
  if (!Array.isArray(value)) throw invalid('system: Input should be a valid string or list');
  for (const [at, block] of value.entries()) {
    const { type, text } = block as Record<string, unknown>;
    if (type !== 'text') throw invalid(`system.${at}.type: Input should be 'text'`);
    if (typeof text !== 'string' || text === '')
      throw invalid(`system.${at}: text content blocks must be non-empty`);
  }
}
