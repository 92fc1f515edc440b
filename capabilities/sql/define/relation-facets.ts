import { quoteLiteral } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import { attachedTo, type Attached } from '../catalogue/attached';
import { ownedSequences, sequenceName } from '../catalogue/sequences';
import { facetsSql, type Facet } from './facets';
import {
  BY_INDEX,
  COLUMNS,
  COMMENT,
  ITSELF,
  OWNED_BY,
  PARTS,
  RIGHTS,
  SEQUENCE,
  WITHS,
} from './relation-branches';

const BEFORE_PARTS = facetsSql(WITHS, [...SEQUENCE, ...ITSELF, ...COLUMNS]);
const AFTER_PARTS = facetsSql(WITHS, [...PARTS, ...BY_INDEX, OWNED_BY, ...RIGHTS, COMMENT]);

/**
 * Everything that a relation is, besides its columns. With `positions` an identity column comes back with the number
 * it stood at. Call it within `withCatalogueSettings`.
 */
export async function relationFacets(
  session: ReadSession,
  oid: string,
  positions: boolean,
): Promise<Facet[]> {
  const first = await session.query<Facet>(BEFORE_PARTS, [oid]);
  const attached = await attachedTo(session, oid);
  const last = await session.query<Facet>(AFTER_PARTS, [oid]);
  return [
    ...first,
    ...(await identityFacets(session, oid, positions)),
    ...attached.filter(isOwn).map(attachedFacet),
    ...last,
  ];
}

const isOwn = ({ kind }: Attached): boolean => kind !== 'incoming foreign key';

const attachedFacet = (each: Attached): Facet => ({
  key: `${each.kind} ${each.name}`,
  state: comparable(each),
  make: each.create,
  unmake: [each.drop],
  sets: false,
  of: null,
  with: null,
});

/** What changes in place has a facet of its own. */
function comparable({ kind, definition }: Attached): string {
  if (kind === 'foreign key')
    return definition.replace(/ (NOT )?DEFERRABLE\b| INITIALLY (DEFERRED|IMMEDIATE)\b/g, '');
  if (kind === 'index' || kind === 'key') return definition.replace(/ WITH \([^)]*\)/, '');
  return definition;
}

/** An identity column has a sequence of its own, which comes and goes with it. */
async function identityFacets(session: ReadSession, oid: string, positions: boolean): Promise<Facet[]> {
  const facets: Facet[] = [];
  for (const sequence of await ownedSequences(session, oid)) {
    if (!sequence.identity) continue;
    const key = `column ${sequence.column} identity`;
    const rows = await session.query<{ alter: string; kind: string }>(
      `select format('alter table %s alter column %I', c.oid::regclass, a.attname) as alter,
         case a.attidentity when 'a' then 'always' else 'by default' end as kind
         from pg_class c join pg_attribute a on a.attrelid = c.oid where c.oid = $1::oid and a.attname = $2`,
      [oid, sequence.column],
    );
    const { alter, kind } = rows[0]!;
    const name = sequenceName(sequence);
    const own = await relationFacets(session, sequence.oid, false);
    facets.push({
      ...{ key, state: name, sets: false, of: null, with: null },
      make: [
        `${alter} add generated ${kind} as identity (sequence name ${name})`,
        ...own.flatMap(({ make }) => make),
        ...(positions ? [await positionOf(session, name)] : []),
      ],
      unmake: [`${alter} drop identity`],
    });
    facets.push({
      ...{ key: `${key} kind`, state: kind, sets: true, of: key, with: null },
      make: [`${alter} set generated ${kind}`],
      unmake: [],
    });
    facets.push(...own.map((each) => ({ ...each, key: `${key} sequence ${each.key}`, of: key })));
  }
  return facets;
}

async function positionOf(session: ReadSession, sequence: string): Promise<string> {
  const [at] = await session.query<{ last: string; called: boolean }>(
    `select last_value::text as last, is_called as called from ${sequence}`,
  );
  return `select setval(${quoteLiteral(sequence)}, ${at!.last}, ${at!.called})`;
}
