import type { Check, RelationName } from '../../../schemas/change';
import { quoteRelation, splitRelation } from '../../../sql/quote';
import type { ReadSession, RoleAlias } from '../../warehouse';
import type { Connections } from '../connections';
import { contentChecksum, formatContent, parseContent } from '../content';
import type { StructureLine } from '../fingerprint';
import { structureLines } from '../fingerprint';
import type { SequencePosition } from '../sequences';
import { sequenceMove, sequencePositions } from '../sequences';
import { transaction } from '../transaction';
import { structureDifferences } from './differences';
import { MEMORY_SCHEMA } from './memory';

const NAMED = 5;

/** The shadow as it is, against what it remembers: structure, rows of what was sampled, positions of sequences. */
export function compareWithMemory(admin: Connections, roleAlias: RoleAlias): Promise<Check[]> {
  return transaction(
    admin,
    'begin transaction isolation level repeatable read read only',
    async (session) => {
      const structure = await compareStructure(session);
      return [structure, ...(await compareContents(session)), await compareSequences(session)];
    },
    { roleAlias },
  );
}

async function compareStructure(session: ReadSession): Promise<Check> {
  const before = await session.query<StructureLine>(`select * from ${MEMORY_SCHEMA}.line`);
  const { missing, extra, other } = structureDifferences(before, await structureLines(session));
  const differences = [
    ...missing.map((label) => `${label} is gone`),
    ...extra.map((label) => `${label} is left over`),
    ...other.map((label) => `${label} differs`),
  ];
  return {
    name: 'structure as before',
    ok: differences.length === 0,
    severity: 'error',
    message:
      differences.length === 0
        ? `${before.length} objects and parts of objects, their owners, privileges and comments are as they were`
        : summary(differences),
  };
}

async function compareContents(session: ReadSession): Promise<Check[]> {
  const remembered = await session.query<{ relation: RelationName; checksum: string }>(
    `select relation, checksum from ${MEMORY_SCHEMA}.content order by relation collate "C"`,
  );
  const checks: Check[] = [];
  for (const { relation, checksum } of remembered) {
    const before = parseContent(checksum);
    const kind = await kindIfItHoldsRows(session, relation);
    const now = kind ? await contentChecksum(session, relation, kind === 'r') : undefined;
    const ok = now !== undefined && formatContent(now) === checksum;
    const found =
      now === undefined
        ? 'there is no such table'
        : `${now.rows} rows${now.rows === before.rows ? ', but others' : ''}`;
    checks.push({
      name: `rows of ${relation} as before`,
      ok,
      severity: 'error',
      message: ok ? `the same ${before.rows} rows` : `before: ${before.rows} rows; now: ${found}`,
    });
  }
  return checks;
}

/** Only tables and materialised views are read: reading a view would run its functions, as administrator. */
async function kindIfItHoldsRows(session: ReadSession, relation: RelationName): Promise<string | undefined> {
  const { schema, name } = splitRelation(relation);
  const kind = async (): Promise<string | undefined> => {
    const rows = await session.query<{ relkind: string }>(
      `select c.relkind from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'm')`,
      [schema, name],
    );
    return rows[0]?.relkind;
  };
  const found = await kind();
  if (found === undefined || found === 'm') return found;
  // Locked (by a statement that evaluates nothing), it cannot be replaced by a view between this look and the next.
  await session.query(`lock table ${quoteRelation(relation)} in access share mode`);
  return kind();
}

async function compareSequences(session: ReadSession): Promise<Check> {
  const remembered = await session.query<{ name: string; last_value: string; is_called: boolean }>(
    `select name, last_value, is_called from ${MEMORY_SCHEMA}.sequence`,
  );
  const now = await sequencePositions(session);
  const starts = await session.query<{ name: string; start: string }>(
    `select n.nspname || '.' || c.relname as name, s.seqstart::text as start from pg_catalog.pg_sequence s
       join pg_catalog.pg_class c on c.oid = s.seqrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace`,
  );
  const before = new Map(starts.map(({ name, start }) => [name, { lastValue: start, called: false }]));
  for (const { name, last_value, is_called } of remembered)
    before.set(name, { lastValue: last_value, called: is_called });

  const moved = [...now].flatMap(([name, position]) => {
    const was: SequencePosition = { ...position, ...before.get(name) };
    const move = sequenceMove(was, position);
    return move === 'same' ? [] : [{ name, move }];
  });
  const back = moved.filter(({ move }) => move === 'back').map(({ name }) => name);
  const forward = moved.filter(({ move }) => move === 'forward').map(({ name }) => name);
  return {
    name: 'sequence positions',
    ok: back.length === 0,
    severity: 'error',
    message:
      back.length > 0
        ? `moved back, so numbers would be handed out twice: ${summary(back)}`
        : forward.length > 0
          ? `moved on, which only skips numbers: ${summary(forward)}`
          : `all ${now.size} as they were`,
  };
}

function summary(items: readonly string[]): string {
  const more = items.length - NAMED;
  return [...items.slice(0, NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
