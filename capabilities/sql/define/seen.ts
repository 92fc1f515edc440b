import { quoteRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { ActionOf } from '../action';
import { findRelation } from '../catalogue/relation';
import { mismatch } from '../handlers/target';
import type { Position } from '../plan';
import { find, wordsFor, type Address, type Found } from './address';
import type { Facet } from './facets';
import { facetsOf } from './object-facets';

/** An object as it is at some moment. */
export interface Seen {
  found: Found;
  facets: Facet[];
  /** Of a sequence, while it is applied. */
  position?: { name: string; at: Position };
}

export async function look(session: ReadSession, found: Found, applying: boolean): Promise<Seen> {
  const facets = await facetsOf(session, found, applying);
  if (found.kind !== 'S' || !applying) return { found, facets };
  const name = quoteRelation(found.address.name);
  return { found, facets, position: { name, at: await positionOf(session, name) } };
}

async function positionOf(session: ReadSession, name: string): Promise<Position> {
  const [at] = await session.query<{ last: string; called: boolean }>(
    `select last_value::text as last, is_called as called from ${name}`,
  );
  return at!;
}

/** The object, which must be there unless it is optional, and one that can be taken back. Throws `target_mismatch`. */
export async function needObject(
  action: ActionOf<'alter object' | 'create object' | 'drop object' | 'rename object'>,
  session: ReadSession,
  address: Address,
  optional: boolean,
): Promise<Found | undefined> {
  const found = await find(session, address);
  if (!found) {
    if (optional) return undefined;
    throw mismatch(
      action,
      `There is no ${wordsFor(address)}${address.of === 'function' ? ' with these arguments, or more than one' : ''}.`,
      'Check the name; if an earlier step makes it, name that step under `needs`.',
    );
  }
  if (found.extension !== null)
    throw mismatch(
      action,
      `${wordsFor(address)} belongs to the extension ${found.extension}.`,
      'Change it with the extension.',
    );
  if (found.catalogue === 'pg_proc' && found.kind === 'a')
    throw mismatch(
      action,
      `${address.name} is an aggregate, which cannot be taken back.`,
      'Change it by hand.',
    );
  if (action.kind === 'alter object' && !action.anyTable && address.of === 'relation') {
    const relation = await findRelation(session, address.name);
    const ofTree =
      relation?.kind === 'p' || relation?.inherits || relation?.above.length || relation?.heirs.length;
    if (ofTree && relation?.kind !== 'i')
      throw mismatch(
        action,
        `${address.name} is a partition or inherits; that cannot be taken back yet.`,
        'Change it by hand, outside of Sluice.',
      );
  }
  return found;
}
