import path from 'node:path';
import type { AskGround } from '../../../activities/ask/bundle';
import { type AskedFor, checkAsk } from '../../../capabilities/ask-document';
import { laidOver } from '../../../capabilities/environment';
import type { GivenParams } from '../../../capabilities/params';
import { SluiceError } from '../../../schemas/errors';
import { located } from '../bundle';
import { readDocument } from '../document';
import { groundOf } from './start';

/**
 * A goal document in plain words, with what it stands on: the configuration and policy beside it, its environment's
 * parameters and warehouse. Throws what is wrong with any of it, each fault with its place in the file.
 */
export async function readAsk(
  file: string,
  given: GivenParams = {},
  environment?: string,
): Promise<AskedFor & { ground: AskGround }> {
  const { value, places } = await readDocument(file);
  const ground = await groundOf(path.dirname(path.resolve(file)), environment);
  try {
    const { params, warehouse } = laidOver(environment, ground.config, value);
    const { text, head } = checkAsk(value as Record<string, unknown>, { ...params, ...given });
    return { text, head: { ...head, ...(warehouse === undefined ? {} : { warehouse }) }, ground };
  } catch (cause) {
    throw cause instanceof SluiceError ? located(cause, places.locate, file) : cause;
  }
}
