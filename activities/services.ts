import type { PolicyEngine } from '../governance/policy/engine';
import type { ResolveSecret } from '../governance/secrets';
import type { ModelClient } from '../llm/client';
import type { Registry } from '../capabilities/document';
import type { Producer } from '../lineage/openlineage/events';
import type { Asked } from '../schemas/ask';
import type { Config } from '../schemas/config';
import type { Goal } from '../schemas/goal';
import type { Queues } from '../schemas/queues';
import type { Sources } from '../sources/sources';
import type { Store } from '../store/store';
import type { Shadow, Warehouse } from '../warehouses/warehouse';
import type { Meter } from './ask/loop/meter';
import type { AskParts } from './ask/parts';

/** Everything of a goal that travels with a run, content-addressed, so that any worker can run it. No secrets. */
export interface Bundle {
  /** Absent: 1. See activities/outdated.ts. */
  format?: number;
  goal: Goal;
  config: Config;
  /** Directory below which the goal's data files lie (absolute, as resolved by whoever started the run). */
  root: string;
  /** The environment it was started for (`--env`); absent: none was named. */
  environment?: string;
  /** Text files that belong to the goal (SQL), by the path the goal names them with. */
  files: Record<string, string>;
  /** Text of the project's sluice.policy.yaml, if it has one. */
  policy?: string;
  /** Where the goal document comes from, as OpenLineage's source-code-location facet says it. */
  source?: SourceLocation;
  /** Where the goal came from plain words: what its gate shows beside it. */
  asked?: Asked;
}

export interface SourceLocation {
  type: string;
  url: string;
  repoUrl?: string;
  path?: string;
  version?: string;
  branch?: string;
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The outside world as activities reach it: made once per worker process, closed with it. */
export interface Services {
  readonly store: Store;
  readonly registry: Registry;
  readonly log: Log;
  /** Whom lineage events name as their origin. */
  readonly producer: Producer;
  /** For goal documents that come from Temporal's own tools: the project's configuration and root of files. */
  readonly project: { config: Config; root: string; environment?: string };
  /** Where heavier work of the runs admitted here goes; absent: to the run's own queue. */
  readonly queues?: Queues;
  readonly policy: PolicyEngine;
  /** What `secret://…` stands for, at the moment of use. */
  readonly resolveSecret: ResolveSecret;
  /** Roles, tools and prompts of asks. */
  readonly ask: AskParts;
  /** The service of models that a bundle's configuration names. Throws `llm_key_missing`. */
  model(bundle: Bundle): Promise<ModelClient>;
  /** Measures calls of models; absent: nobody does. */
  readonly meter?: Meter;
  /** The goal's warehouse; connections are shared between runs. */
  warehouse(bundle: Bundle): Promise<Warehouse>;
  /** The goal's sources; with `sampleRows`, only that many rows of each are served (a rehearsal). */
  sources(bundle: Bundle, sampleRows?: number): Sources;
  /** Shadows that this worker has open, by run: connecting to a fresh database anew costs more than a rehearsal. */
  readonly shadows: Map<string, Shadow>;
  /** Work that nobody has to wait for, such as dropping a database; `close` waits for it. Failures are logged. */
  later(what: string, work: () => Promise<void>): void;
  close(): Promise<void>;
}
