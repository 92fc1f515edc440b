import packageJson from '../package.json';

/** Versions that change what a proposal means; part of the digest. */
export const TOOL_VERSIONS: Record<string, string> = {
  sluice: packageJson.version,
  grammar: `libpg-query ${packageJson.dependencies['libpg-query']}`,
};
