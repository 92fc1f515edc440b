import { describeTable } from './describe-table';
import { explain } from './explain';
import { lineage } from './lineage';
import { listConnections } from './list-connections';
import { listFiles } from './list-files';
import { listLoads } from './list-loads';
import { listRuns } from './list-runs';
import { previewSource } from './preview-source';
import { profile } from './profile';
import { readFile } from './read-file';
import { readRun } from './read-run';
import { runSql } from './run-sql';
import { sampleRows } from './sample-rows';
import { searchCatalogue } from './search-catalogue';
import { searchDocuments } from './search-documents';
import type { Tool } from './tool';

/**
 * What a model may call to look. A tool is a file and a line here; role files (llm/roles) say who may call it. Whoever
 * runs one parses its input by its own schema first.
 */
const ALL = [
  searchCatalogue,
  describeTable,
  sampleRows,
  profile,
  runSql,
  explain,
  lineage,
  listLoads,
  listRuns,
  readRun,
  listFiles,
  readFile,
  previewSource,
  listConnections,
  searchDocuments,
];

export const readingTools: ReadonlyMap<string, Tool> = new Map(
  (ALL as unknown as readonly Tool[]).map((tool) => [tool.name, tool]),
);
