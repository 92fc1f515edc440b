import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { RunEvent } from '../../lineage/openlineage/events';

const root = path.resolve(__dirname, '../..');
export const OWN_SCHEMAS = path.join(root, 'docs/openlineage');

/** OpenLineage's own schemas (Apache-2.0), as they are published. */
const SPECIFICATION = path.join(root, 'test/specs/openlineage/spec');

const json = (file: string): object => JSON.parse(readFileSync(file, 'utf8')) as object;
const inFolder = (folder: string): object[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => json(path.join(folder, file)));

/** Faults of an event: by the event's schema, and each facet by the schema it names. */
export function openLineageFaults(): (event: RunEvent) => string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(json(path.join(SPECIFICATION, 'OpenLineage.json')));
  for (const schema of [...inFolder(path.join(SPECIFICATION, 'facets')), ...inFolder(OWN_SCHEMAS)])
    ajv.addSchema(schema);
  const check = (ref: string, value: unknown, where: string): string[] => {
    const validate = ajv.getSchema(ref);
    if (!validate) return [`${where}: there is no schema ${ref}`];
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${where}${error.instancePath}: ${error.message}`);
  };
  return (event) => {
    const faults = check('https://openlineage.io/spec/2-0-2/OpenLineage.json', event, 'event');
    const facetsOf = (where: string, facets: object): void => {
      for (const [name, facet] of Object.entries(facets)) {
        faults.push(...check((facet as { _schemaURL: string })._schemaURL, facet, `${where}.${name}`));
      }
    };
    facetsOf('run', event.run.facets);
    facetsOf('job', event.job.facets);
    for (const input of event.inputs) facetsOf('input', { ...input.facets, ...input.inputFacets });
    for (const output of event.outputs) facetsOf('output', { ...output.facets, ...output.outputFacets });
    return faults;
  };
}
