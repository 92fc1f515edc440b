/** Which version of each facet's schema is written; https://openlineage.io/spec/facets. */
const STANDARD = {
  columnLineage: '1-2-0/ColumnLineageDatasetFacet',
  documentation: '1-1-0/DocumentationJobFacet',
  errorMessage: '1-0-1/ErrorMessageRunFacet',
  inputStatistics: '1-0-0/InputStatisticsInputDatasetFacet',
  jobType: '2-0-4/JobTypeJobFacet',
  lifecycleStateChange: '1-0-1/LifecycleStateChangeDatasetFacet',
  outputStatistics: '1-0-2/OutputStatisticsOutputDatasetFacet',
  ownership: '1-0-1/OwnershipJobFacet',
  parent: '1-2-0/ParentRunFacet',
  processing_engine: '1-1-1/ProcessingEngineRunFacet',
  schema: '1-2-0/SchemaDatasetFacet',
  sourceCodeLocation: '1-1-0/SourceCodeLocationJobFacet',
  sql: '1-1-0/SQLJobFacet',
} as const;

/** Our own, by their schemas in docs/openlineage. */
const OWN = {
  sluice_proposal: 'SluiceProposalRunFacet',
  sluice_approval: 'SluiceApprovalRunFacet',
  sluice_cost: 'SluiceCostRunFacet',
  sluice_compensation: 'SluiceCompensationRunFacet',
} as const;

export type FacetName = keyof typeof STANDARD | keyof typeof OWN;

/** A name that stays when files move: what the schemas in docs/openlineage call themselves. */
export const ownSchemaId = (name: string): string => `urn:sluice:openlineage:1-0-0:${name}.json`;

function schemaUrl(name: FacetName): string {
  if (name in OWN) {
    const schema = OWN[name as keyof typeof OWN];
    return `${ownSchemaId(schema)}#/$defs/${schema}`;
  }
  const path = STANDARD[name as keyof typeof STANDARD];
  return `https://openlineage.io/spec/facets/${path}.json#/$defs/${path.split('/')[1]}`;
}

export type Facets = Record<string, { _producer: string; _schemaURL: string }>;

/** Facets that have a value, each with who wrote it and its schema. */
export function facets(
  producer: string,
  values: Partial<Record<FacetName, Record<string, unknown> | undefined>>,
): Facets {
  const made: Facets = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    made[name] = { _producer: producer, _schemaURL: schemaUrl(name as FacetName), ...value };
  }
  return made;
}
