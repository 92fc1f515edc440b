import type { Capability } from './capability';
import { check } from './check';
import type { Registry } from './document';
import { erase } from './erase';
import { ingest } from './ingest';
import { model } from './model';
import { sql } from './sql';
import { sweep } from './sweep';

/** Every kind of step there is. Adding one is adding its folder and its line here. */
const CAPABILITIES = [ingest, sql, model, check, sweep, erase] as readonly unknown[] as readonly Capability[];

export const registry: Registry = new Map(CAPABILITIES.map((capability) => [capability.kind, capability]));
