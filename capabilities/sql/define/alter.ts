import { fail } from '../../../schemas/errors';
import { quoteLiteral } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { ActionOf } from '../action';
import { relationKey } from '../handlers/expect';
import { mismatch } from '../handlers/target';
import { nothing, refuse, run, runs, type Plan, type Planning, type Position, type UndoStep } from '../plan';
import { PARTS } from './action';
import { wordsFor, type Address } from './address';
import { difference } from './facets';
import { look, needObject, type Seen } from './seen';

type Alter = ActionOf<'alter object'>;

/** Whatever it does: what it has changed is the difference of the definitions before and after it. */
export async function planAlterObject(action: Alter, at: Planning): Promise<Plan> {
  const { session } = at;
  const before: Seen[] = [];
  for (const address of await objectsOf(action, session)) {
    const found = await needObject(action, session, address, action.optional);
    if (found) before.push(await look(session, found, at.applying));
  }
  if (before.length === 0)
    return nothing(`there is no ${action.objects.map(wordsFor).join(', ') || 'such object'}`);
  const { part, stays } = action;
  if (part) needPart(action, part, before[0]!);
  if (stays?.optional && before[0]!.facets.some(({ key }) => key === stays.key))
    return nothing(`${action.does}: it is there already`);
  const owner = action.owner && (await changeOfOwner(action, before[0]!, session));
  if (owner?.already) return nothing(`${wordsFor(action.objects[0]!)} belongs to that role already`);
  return {
    acts: owner?.skipped ? [] : [{ sql: action.text }],
    undo: async (after) => (after ? undoAlter(before, after, action) : sketch(action, before)),
    gone: (action.gone ?? []).map(relationKey),
    lossy: [...(stays ? [stays.lossy] : []), ...(owner?.lossy ?? [])],
  };
}

function needPart(action: Alter, { what, name }: NonNullable<Alter['part']>, { found, facets }: Seen): void {
  const keys: string[] = PARTS[what].map((each) => `${each} ${name}`);
  if (facets.some(({ key }) => keys.includes(key))) return;
  throw mismatch(action, `${wordsFor(found.address)} has no ${what} ${name}.`, 'Check the name.');
}

/** The objects that GRANT … ON ALL … IN SCHEMA is about are those that are there. */
export async function objectsOf(action: Alter, session: ReadSession): Promise<readonly Address[]> {
  if (!action.allIn) return action.objects;
  const { schemas, kinds } = action.allIn;
  const rows = await session.query<Address & { of: 'relation' | 'function' }>(
    `select 'relation' as of, n.nspname || '.' || c.relname as name, null as oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any($1) and c.relkind::text = any($2)
     union all
     select 'function', n.nspname || '.' || p.proname, p.oid::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = any($1) and p.prokind::text = any($2) and p.prokind <> 'a' and 'f' = any($2) order by 1, 2`,
    [schemas, kinds],
  );
  return rows;
}

async function undoAlter(before: readonly Seen[], after: ReadSession, action: Alter): Promise<UndoStep[]> {
  const steps: UndoStep[] = [];
  for (const was of [...before].reverse()) {
    const is = await look(after, was.found, true);
    const { back, stays } = difference(was.facets, is.facets);
    const unexpected = stays.filter((key) => key !== action.stays?.key);
    if (unexpected.length > 0) {
      throw fail(
        'internal',
        `There is no undo for what ${action.does} has changed: ${unexpected.join(', ')}.`,
        {
          next: 'Report this.',
          place: action.place,
        },
      );
    }
    const moved = was.position && is.position && !same(was.position.at, is.position.at);
    const numbers = was.facets.find(({ key }) => key === 'numbers')?.make[0];
    if (moved && numbers !== undefined && back.includes(numbers)) {
      steps.push(
        ...numbersBack(was.position!, is.position!.at, numbers),
        ...runs(back.filter((sql) => sql !== numbers)),
      );
    } else {
      if (moved)
        steps.push({
          do: 'sequence',
          sequence: was.position!.name,
          was: was.position!.at,
          left: is.position!.at,
        });
      steps.push(...runs(back));
    }
  }
  return steps;
}

const same = (a: Position, b: Position): boolean => a.last === b.last && a.called === b.called;

/** Limits and position at once: neither alone need fit the other. */
function numbersBack(
  { name, at }: { name: string; at: Position },
  left: Position,
  numbers: string,
): UndoStep[] {
  return [
    refuse(
      `select (last_value <> ${left.last} or is_called <> ${left.called})::int as n from ${name}`,
      `numbers were drawn from ${name} since`,
    ),
    run(`${numbers} restart with ${at.last}`),
    run(`select setval(${quoteLiteral(name)}, ${at.last}, ${at.called})`),
  ];
}

/** What a proposal shows: the definitions that there are of what it may change. */
function sketch(action: Alter, before: readonly Seen[]): UndoStep[] {
  const shown = before.flatMap(({ facets }) =>
    facets.filter(({ key }) => action.about.some((each) => key === each || key.startsWith(`${each} `))),
  );
  const statements = shown.flatMap(({ make }) => make);
  return runs(statements.length > 0 ? statements : [`-- ${action.undo}`]);
}

interface NewOwner {
  already?: boolean;
  /** In a shadow, which has one owner only. */
  skipped?: boolean;
  lossy?: string[];
}

async function changeOfOwner(
  action: Alter,
  { facets, found }: Seen,
  session: ReadSession,
): Promise<NewOwner> {
  const alias = session.roleAlias;
  const now = facets.find(({ key }) => key === 'owner')?.state;
  const [who] = await session.query<{ me: string }>('select current_user::text as me');
  const inShadow = alias !== undefined && who!.me === alias.from;
  const to = action.owner!.role ?? alias?.to ?? now;
  if (to === now || (inShadow && to === alias.to && now === alias.from)) return { already: true };
  const writer = alias?.to ?? now;
  const [may] = await session.query<{ known: boolean; member: boolean }>(
    `select r.oid is not null as known, coalesce(pg_has_role($2::name, r.oid, 'MEMBER'), false) as member
       from (select) one left join pg_roles r on r.rolname = $1`,
    [to, writer],
  );
  if (!may!.known) throw mismatch(action, `There is no role ${to}.`, 'Name a role that is there.');
  if (!may!.member) {
    throw mismatch(
      action,
      `${wordsFor(found.address)} cannot be given to ${to}: ${writer}, who owns what Sluice makes, is no member of that role.`,
      `Leave the statement out, or let an administrator grant ${to} to ${writer}.`,
    );
  }
  return {
    skipped: inShadow,
    lossy: [`that ${wordsFor(found.address)} belongs to ${to} is not rehearsed: a shadow has one owner`],
  };
}
