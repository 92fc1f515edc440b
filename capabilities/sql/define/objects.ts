import { fail } from '../../../schemas/errors';
import type { RelationName } from '../../../schemas/change';
import { quoteLiteral, quoteRelation, relationName } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { ActionOf } from '../action';
import { dependentsOf } from '../catalogue/dependents';
import { findRelation } from '../catalogue/relation';
import { expectRelation, relationKey } from '../handlers/expect';
import { mismatch } from '../handlers/target';
import { nothing, run, runs, type Plan, type Planning, type UndoStep } from '../plan';
import { find, usersOf, wordsFor, type Found } from './address';
import { difference } from './facets';
import { facetsOf } from './object-facets';
import { look, needObject, type Seen } from './seen';

export async function planCreateObject(action: ActionOf<'create object'>, at: Planning): Promise<Plan> {
  const { session } = at;
  const { object, optional, replace } = action;
  const existing = await find(session, object);
  if (existing) {
    if (optional) return nothing(`${wordsFor(object)} exists`);
    if (!replace) throw mismatch(action, `${wordsFor(object)} exists already.`, 'Choose another name.');
    await needObject(action, session, object, false);
    const before = await look(session, existing, at.applying);
    const definition = before.facets.filter(({ key }) => key === 'definition').flatMap(({ make }) => make);
    return {
      acts: [{ sql: action.text }],
      undo: async (after) =>
        after ? replaced(action, before, await look(after, existing, true), after) : runs(definition),
    };
  }
  if (object.of === 'extension') await needTrusted(action, session);
  return {
    acts: [{ sql: action.text }],
    undo: async (after) => {
      if (!after) return runs([`-- drops ${wordsFor(object)}`]);
      const made = await find(after, object);
      const root = made && (await facetsOf(after, made, false)).find(({ key }) => key === '');
      if (!root) {
        throw fail('internal', `${wordsFor(object)} was made and is not found again.`, {
          next: 'Report this.',
          place: action.place,
        });
      }
      return runs(root.unmake);
    },
    expect: object.of === 'relation' ? [expectRelation(object.name, true)] : [],
  };
}

/** What was made new by taking away and making again must not have anything standing on it. */
async function replaced(
  action: ActionOf<'create object'>,
  before: Seen,
  after: Seen,
  session: ReadSession,
): Promise<UndoStep[]> {
  const { back } = difference(before.facets, after.facets);
  const drop = after.facets.find(({ key }) => key === '')?.unmake[0];
  const users = drop !== undefined && back.includes(drop) ? await usersOf(session, [before.found]) : [];
  if (users.length > 0) {
    throw mismatch(
      action,
      `The names and defaults of parameters that ${wordsFor(action.object)} gets could not be taken back: it is used by ${list(users)}.`,
      'Leave the parameters as they are, or make a function of another name.',
    );
  }
  return runs(back);
}

async function needTrusted(action: ActionOf<'create object'>, session: ReadSession): Promise<void> {
  const { name } = action.object;
  const rows = await session.query<{ trusted: boolean }>(
    `select bool_or(v.trusted) and $1 !~ '(plperl|pltcl|plpython)' as trusted
       from pg_available_extension_versions v where v.name = $1 having count(*) > 0`,
    [name],
  );
  if (rows.length === 0)
    throw mismatch(action, `The server has no extension ${name}.`, 'Let an administrator install its files.');
  if (!rows[0]!.trusted)
    throw mismatch(
      action,
      `The extension ${name} is not trusted: only a superuser may create it, and it may reach out of the database.`,
      'Let an administrator create it once; then leave the statement out, or write IF NOT EXISTS.',
    );
}

const list = (names: readonly string[]): string =>
  [...names.slice(0, 5), ...(names.length > 5 ? [`${names.length - 5} more`] : [])].join(', ');

/** Really dropped, and made again from its definition with everything that hung on it. */
export async function planDropObject(action: ActionOf<'drop object'>, at: Planning): Promise<Plan> {
  const { session } = at;
  const seen: Seen[] = [];
  for (const address of action.objects) {
    const found = await needObject(action, session, address, action.optional);
    if (!found) continue;
    needKind(action, found);
    seen.push(await look(session, found, at.applying));
  }
  if (seen.length === 0) return nothing(`there is no ${action.objects.map(wordsFor).join(', ')}`);
  const users = await usersBesides(session, seen);
  if (users.length > 0) {
    throw mismatch(
      action,
      `${action.objects.map(wordsFor).join(', ')} cannot be dropped: it is used by ${list(users)}.`,
      'Drop those first, by name, in the same step.',
    );
  }
  return {
    acts: [{ sql: action.text }],
    undo: () => Promise.resolve([...seen].reverse().flatMap(madeAgain)),
    expect: seen.flatMap(({ found: { address } }) =>
      address.of === 'relation' ? [expectRelation(address.name, false)] : [],
    ),
    gone: seen.flatMap(({ found: { address } }) =>
      address.of === 'relation' ? [relationKey(address.name)] : [],
    ),
    lossy: seen.flatMap(lostWith),
  };
}

function madeAgain({ facets, position }: Seen): UndoStep[] {
  const made = runs(facets.flatMap(({ make }) => make));
  if (!position) return made;
  const { name, at } = position;
  return [...made, run(`select setval(${quoteLiteral(name)}, ${at.last}, ${at.called})`)];
}

const KIND_OF: Record<string, string> = {
  ...{
    sequence: 'S',
    'materialized view': 'm',
    domain: 'd',
    function: 'fwp',
    procedure: 'p',
    routine: 'fwp',
  },
  ...{ type: 'ecrd' },
};

function needKind(action: ActionOf<'drop object'>, { kind, address }: Found): void {
  const kinds = KIND_OF[action.what];
  if (kinds === undefined || kinds.includes(kind)) return;
  throw mismatch(
    action,
    `${address.name} is no ${action.what} that can be made again.`,
    'Name the right object; base types and their like are dropped by hand.',
  );
}

async function usersBesides(session: ReadSession, seen: readonly Seen[]): Promise<string[]> {
  const relations = seen.filter(({ found }) => found.catalogue === 'pg_class').map(({ found }) => found.oid);
  if (relations.length === seen.length)
    return [...new Set((await dependentsOf(session, relations)).map(({ description }) => description))];
  return usersOf(
    session,
    seen.map(({ found }) => found),
  );
}

function lostWith({ found, facets }: Seen): string[] {
  const name = wordsFor(found.address);
  const others = facets
    .filter(({ key }) => /\bright .* by ./.test(key))
    .map(({ key }) => key.replace(/.* by /, ''));
  return [
    ...(found.kind === 'm'
      ? [
          `the rows of ${name} are those that its query gives when it comes back, not those of its last refresh`,
        ]
      : []),
    ...[...new Set(others)].map(
      (role) => `rights on ${name} that ${role} granted come back as granted by its owner`,
    ),
  ];
}

export async function planRenameObject(action: ActionOf<'rename object'>, at: Planning): Promise<Plan> {
  const { object, to } = action;
  const found = await needObject(action, at.session, object, action.optional);
  if (!found) return nothing(`there is no ${wordsFor(object)}`);
  if (to && (await find(at.session, to)))
    throw mismatch(action, `${wordsFor(to)} exists already.`, 'Choose another name.');
  const along = object.of === 'relation' ? await movedAlong(at.session, found.oid) : [];
  const moved =
    object.of === 'relation' && to ? [expectRelation(object.name, false), expectRelation(to.name, true)] : [];
  return {
    acts: [{ sql: action.text }],
    undo: () => Promise.resolve([run(action.back)]),
    expect: moved,
    gone: object.of === 'relation' && to ? [object.name, ...along].map(relationKey) : [],
  };
}

/** Indexes and sequences that go into another schema with their table. */
async function movedAlong(session: ReadSession, oid: string): Promise<RelationName[]> {
  const rows = await session.query<{ schema: string; name: string }>(
    `select n.nspname::text as schema, c.relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.oid in (select indexrelid from pg_index where indrelid = $1::oid
        union all select objid from pg_depend where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass
          and refobjid = $1::oid and refobjsubid > 0 and deptype in ('a', 'i')) order by 1, 2`,
    [oid],
  );
  return rows.map(({ schema, name }) => relationName(schema, name));
}

/** A materialised view holds what its query gave at some time; nobody can write the rows of an earlier time into it. */
export async function planRefresh(action: ActionOf<'refresh'>, at: Planning): Promise<Plan> {
  const found = await findRelation(at.session, action.relation);
  if (found?.kind !== 'm')
    throw mismatch(action, `There is no materialized view ${action.relation}.`, 'Check the name.');
  const [now] = await at.session.query<{ filled: boolean }>(
    'select relispopulated as filled from pg_class where oid = $1::oid',
    [found.oid],
  );
  const name = quoteRelation(action.relation);
  return {
    acts: [{ sql: action.text }],
    undo: () => Promise.resolve(now!.filled ? [] : [run(`refresh materialized view ${name} with no data`)]),
    lossy: now!.filled
      ? [`the rows that ${action.relation} held before the refresh do not come back: it keeps those of now`]
      : [],
  };
}

export function planSetting(action: ActionOf<'setting'>): Promise<Plan> {
  if (action.local === undefined) return Promise.resolve(nothing(action.why));
  return Promise.resolve({ acts: [{ sql: action.local }], undo: () => Promise.resolve([]) });
}
