import type { OlInput, OlOutput } from './datasets';
import { facets, type FacetName, type Facets } from './facets';
import { olRunId } from './uuid';

export type EventType = 'START' | 'RUNNING' | 'COMPLETE' | 'FAIL' | 'ABORT';

/** An OpenLineage RunEvent, https://openlineage.io/spec/2-0-2/OpenLineage.json. */
export interface RunEvent {
  eventType: EventType;
  eventTime: string;
  producer: string;
  schemaURL: string;
  run: { runId: string; facets: Facets };
  job: { namespace: string; name: string; facets: Facets };
  inputs: OlInput[];
  outputs: OlOutput[];
}

const SCHEMA_URL = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent';

/** Who writes: the same in every event. */
export interface Producer {
  /** Of jobs. */
  namespace: string;
  version: string;
}

export const producerUri = ({ version }: Producer): string => `urn:sluice:producer:${version}`;

type FacetValues = Partial<Record<FacetName, Record<string, unknown> | undefined>>;

export interface EventParts {
  type: EventType;
  at: Date;
  olRun: string;
  /** `goal`, `goal.step`. */
  job: string;
  /** The run that it is a part of. */
  parent?: { runId: string; goal: string };
  run?: FacetValues;
  jobFacets?: FacetValues;
  inputs?: OlInput[];
  outputs?: OlOutput[];
}

export function runEvent(by: Producer, parts: EventParts): RunEvent {
  const producer = producerUri(by);
  const parent = parts.parent && {
    run: { runId: olRunId(parts.parent.runId) },
    job: { namespace: by.namespace, name: parts.parent.goal },
  };
  const engine = { name: 'Sluice', version: by.version, openlineageAdapterVersion: by.version };
  return {
    eventType: parts.type,
    eventTime: parts.at.toISOString(),
    producer,
    schemaURL: SCHEMA_URL,
    run: {
      runId: parts.olRun,
      facets: facets(producer, { processing_engine: engine, parent, ...parts.run }),
    },
    job: { namespace: by.namespace, name: parts.job, facets: facets(producer, parts.jobFacets ?? {}) },
    inputs: parts.inputs ?? [],
    outputs: parts.outputs ?? [],
  };
}
