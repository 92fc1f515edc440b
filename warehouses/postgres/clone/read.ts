import type { ReadSession, RoleAlias } from '../../warehouse';
import { withCatalogueSettings } from '../catalogue-settings';
import { COMMON, FIRST_USER_OID } from '../fingerprint/fragments';
import { EXTENSIONS, SCHEMAS } from './before';
import {
  CONSTRAINTS,
  FOREIGN_KEYS,
  INDEX_ATTACHMENTS,
  INDEXES,
  POLICIES,
  RULES,
  STATISTICS,
  TRIGGERS,
  VALIDATIONS,
} from './constraints';
import type { Definition, Dependency, LeftOut, Made } from './definition';
import { readDatabaseSettings } from './database-settings';
import { COMMENTS, OWNERS, PRIVILEGES } from './finish';
import { LEFT_OUT_SQL } from './left-out';
import { CASTS, CONFIGURATIONS, DICTIONARIES, OPERATORS } from './rare';
import type { Reader } from './reader';
import { readAll } from './reader';
import { DEFAULTS, MATERIALISED_VIEWS, SEQUENCES, TABLES, VIEWS } from './relations';
import { CONSTRAINT_TRIGGER_SWITCHES, DEFAULT_PRIVILEGES, PUBLICATIONS, TABLE_SWITCHES } from './switches';
import {
  AGGREGATES,
  COLLATIONS,
  COMPOSITES,
  DOMAIN_CONSTRAINTS,
  DOMAINS,
  ENUMS,
  FUNCTIONS,
  RANGES,
} from './types';

/** In the order in which they are made where no dependency says otherwise. */
const OBJECTS: readonly Reader[] = [
  ...[
    COLLATIONS,
    ENUMS,
    DOMAINS,
    DOMAIN_CONSTRAINTS,
    COMPOSITES,
    RANGES,
    FUNCTIONS,
    AGGREGATES,
    OPERATORS,
    CASTS,
  ],
  ...[
    DICTIONARIES,
    CONFIGURATIONS,
    TABLES,
    SEQUENCES,
    DEFAULTS,
    CONSTRAINTS,
    INDEXES,
    VIEWS,
    MATERIALISED_VIEWS,
  ],
  ...[RULES, TRIGGERS, POLICIES, STATISTICS],
];
/** Nothing needs these, and they need all of the above. */
const LAST: readonly Reader[] = [INDEX_ATTACHMENTS, FOREIGN_KEYS, VALIDATIONS];
const AFTER: readonly Reader[] = [
  ...[
    TABLE_SWITCHES,
    CONSTRAINT_TRIGGER_SWITCHES,
    PUBLICATIONS,
    COMMENTS,
    OWNERS,
    PRIVILEGES,
    DEFAULT_PRIVILEGES,
  ],
];

const DEPENDENCIES_SQL = `
  select classid::regclass || ':' || objid as "from", refclassid::regclass || ':' || refobjid as "on"
  from pg_depend where deptype in ('n', 'a', 'i', 'P', 'S') and objid >= ${FIRST_USER_OID} and refobjid >= ${FIRST_USER_OID}`;

/** Reads the structure of the session's database as statements; `alias.from` there becomes `alias.to` in the copy. */
export function readDefinition(session: ReadSession, alias: RoleAlias): Promise<Definition> {
  const roles = [alias.from, alias.to] as const;
  return withCatalogueSettings(session, async () => {
    const all = async (readers: readonly Reader[]): Promise<Made[]> => {
      const made: Made[] = [];
      for (const reader of readers) made.push(...(await readAll(session, reader, roles)));
      return made;
    };
    return {
      before: await all([SCHEMAS, EXTENSIONS]),
      objects: await all(OBJECTS),
      last: await all(LAST),
      after: await all(AFTER),
      settings: await readDatabaseSettings(session, roles),
      dependencies: await session.query<Dependency>(DEPENDENCIES_SQL),
      leftOut: await session.query<LeftOut>(
        `with ${COMMON}, roles as (select $1::name, $2::name) ${LEFT_OUT_SQL}`,
        [...roles],
      ),
    };
  });
}
