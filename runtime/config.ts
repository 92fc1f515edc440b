import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { z, ZodError } from 'zod';
import type { Config } from '../schemas/config';
import type { Fault } from '../schemas/errors';
import { fail } from '../schemas/errors';
import { parseConfig } from './environments';

/**
 * The configuration in a file, its roots made absolute; without a file, the defaults.
 * `environment`: the one whose connections are laid over it.
 * @throws `invalid_config` with every fault and its place; `literal_secret` when a password stands in it.
 */
export function loadConfig(file: string | undefined, environment?: string): Config {
  if (file === undefined) return orThrow(parseConfig({}, environment));
  const lines = new LineCounter();
  const document = parseDocument(readConfig(file), { lineCounter: lines, prettyErrors: false });
  const next = `Correct ${file}; its keys are described in docs/configuration.md.`;
  if (document.errors.length > 0) {
    const faults = document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { path: `${file}:${line}:${col}`, message: error.message };
    });
    throw fail('invalid_config', `${file} is not valid YAML.`, { next, faults, place: faults[0]?.path });
  }
  const parsed = parseConfig(document.toJS({ maxAliasCount: 20 }) ?? {}, environment);
  if (parsed.success) return withAbsoluteRoots(parsed.data, path.dirname(path.resolve(file)));
  const faults = faultsOf(parsed.error);
  if (faults.some((fault) => /password/i.test(fault.path))) {
    throw fail('literal_secret', `${file} has a credential that is not a reference.`, {
      next: 'Put the value into a secret and write secret://name in its place.',
      faults,
      place: file,
    });
  }
  throw fail('invalid_config', `${file} is not a valid configuration: ${faults.length} fault(s).`, {
    next,
    faults,
    place: file,
  });
}

function orThrow<T>(parsed: z.ZodSafeParseResult<T>): T {
  if (parsed.success) return parsed.data;
  throw parsed.error;
}

/** Roots of files are relative to the configuration, whatever directory it is read from. */
export function withAbsoluteRoots(config: Config, base: string): Config {
  const connections: Config['connections'] = {};
  for (const [name, connection] of Object.entries(config.connections)) {
    const { kind } = connection;
    connections[name] =
      kind === 'files' ? { ...connection, root: path.resolve(base, connection.root) } : connection;
  }
  const files = config.files && { root: path.resolve(base, config.files.root) };
  return {
    ...config,
    connections,
    files,
    temporal: withAbsolutePem(config.temporal, base),
    secrets: withAbsoluteCa(config.secrets, base),
  };
}

function withAbsoluteCa(secrets: Config['secrets'], base: string): Config['secrets'] {
  const { vault } = secrets;
  return vault?.ca === undefined
    ? secrets
    : { ...secrets, vault: { ...vault, ca: path.resolve(base, vault.ca) } };
}

function withAbsolutePem(temporal: Config['temporal'], base: string): Config['temporal'] {
  const { tls } = temporal;
  if (typeof tls !== 'object') return temporal;
  const absolute = (file: string): string => (file.startsWith('secret://') ? file : path.resolve(base, file));
  const entries = Object.entries(tls).map(([key, value]) => [
    key,
    key === 'serverName' ? value : absolute(value),
  ]);
  return { ...temporal, tls: Object.fromEntries(entries) as typeof tls };
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw fail('invalid_config', `The configuration ${file} cannot be read.`, {
      next: 'Make it readable, or remove it to use the defaults.',
      place: file,
      cause,
    });
  }
}

/** Paths as a person writes them (`stack.postgresPort`), without the values found there. */
function faultsOf(error: ZodError): Fault[] {
  return error.issues.map((issue) => ({
    path: issue.path.join('.') || '(document)',
    message: issue.message,
  }));
}
