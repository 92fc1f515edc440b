import { Client } from 'pg';
import type { ClientBase } from 'pg';
import { quoteIdent } from '../../../sql/quote';
import type { Place, ReadSession, RoleAlias } from '../../warehouse';
import { clientConfig } from '../client-config';
import { describeLeftOut } from '../clone/left-out';
import { applyDatabaseSettings } from '../clone/database-settings';
import type { Definition } from '../clone/definition';
import type { Failed } from '../clone/execute';
import { execute } from '../clone/execute';
import { inOrder } from '../clone/order';
import { readDefinition } from '../clone/read';
import type { StructureLine } from '../fingerprint';
import { structureFingerprint, structureLines } from '../fingerprint';
import { migrateLedger } from '../ledger';
import type { Login, ShadowServer } from '../options';
import { PgSession } from '../session';
import { structureGaps } from './gaps';
import { createMemory, MEMORY_SCHEMA } from './memory';
import type { BaseNote } from './note';
import { serverTime, writeNote } from './note';
import { SYSTEM_ONLY } from '../settings';
import type { Origin } from './origin';

export interface BaseOrder {
  /** Name of the database to make. */
  name: string;
  /** The fingerprint it was ordered for. */
  structure: string;
  origin: Origin;
  /** Name of the original, and the original itself. */
  of: string;
  live: Place;
  server: ShadowServer;
  writer: string;
  reader: string;
}

/**
 * Makes a base: an empty database with the structure of the live one, ready to be cloned. `admin` is connected to the
 * server's maintenance database and holds the base's lock. Returns `undefined`, and leaves nothing, when the live
 * structure is not any more what was ordered.
 */
export async function buildBase(admin: ClientBase, order: BaseOrder): Promise<BaseNote | undefined> {
  const original = await readOriginal(order);
  if (!original) return undefined;
  const { definition, lines, uncovered } = original;
  const { settings } = definition;
  const name = quoteIdent(order.name);

  await admin.query(`drop database if exists ${name} with (force)`);
  // Of template0, the only template in which nobody can have put anything. Owned by the rehearsal's role for now.
  await admin.query(
    `create database ${name} template template0 owner ${quoteIdent(order.server.rehearsal.user)} ${order.origin.locale}`,
  );
  await admin.query(`revoke all on database ${name} from public`);

  const failed: Failed[] = [];
  const { rehearsal, admin: administrator } = order.server;
  await connected(order, administrator, async (client) => {
    failed.push(...(await execute(client, definition.before)));
  });
  await connected(order, rehearsal, async (client) => {
    // Bodies were checked when they were first made, and what they mention may come later here.
    await client.query('set check_function_bodies = off');
    failed.push(...(await execute(client, inOrder(definition.objects, definition.dependencies))));
    failed.push(...(await execute(client, definition.last)));
    await migrateLedger(client, order.reader);
  });
  const note = await connected(order, administrator, async (client): Promise<BaseNote> => {
    failed.push(
      ...(await execute(client, definition.after)).filter(({ undefinedObject }) => !undefinedObject),
    );
    await applyDatabaseSettings(client, order.name, settings);
    await createMemory(client);
    const made = await remembered(client, { from: rehearsal.user, to: order.writer });
    const gaps = [
      ...structureGaps({ live: lines, copy: made, leftOut: definition.leftOut, failed }),
      ...definition.leftOut.map(describeLeftOut),
      ...uncovered.map((what) => `${what} are not covered by the fingerprint`),
    ];
    return {
      kind: 'base',
      structure: order.structure,
      gaps,
      of: order.of,
      madeAt: (await serverTime(client)).toISOString(),
      settings,
    };
  });
  // A template must have no sessions; superusers included, nobody can open one any more.
  await admin.query(`alter database ${name} with allow_connections false`);
  await writeNote(admin, order.name, note);
  return note;
}

interface Original {
  definition: Definition;
  lines: StructureLine[];
  uncovered: string[];
}

function readOriginal({ live, structure, writer, server }: BaseOrder): Promise<Original | undefined> {
  return live.read(async (session) => {
    const definition = await readDefinition(session, { from: writer, to: server.rehearsal.user });
    // After the definition: what was read before it moved would not be noticed.
    const now = await structureFingerprint(session);
    if (now.hash !== structure) return undefined;
    return { definition, lines: await structureLines(session), uncovered: now.uncovered };
  });
}

/** Writes down the copy's structure, and returns it, with the live owner's name for its own. */
async function remembered(client: ClientBase, roleAlias: RoleAlias): Promise<StructureLine[]> {
  await client.query('begin');
  const session: ReadSession = new PgSession(client, { explain: (error) => error as Error, roleAlias });
  const lines = await structureLines(session);
  await client.query({
    text: `insert into ${MEMORY_SCHEMA}.line select * from unnest($1::text[], $2::text[], $3::text[])`,
    values: [lines.map((l) => l.class), lines.map((l) => l.identity), lines.map((l) => l.definition)],
  });
  await client.query('commit');
  return lines;
}

async function connected<T>(
  order: BaseOrder,
  login: Login,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { host, port, ssl } = order.server;
  // The copy has the original's functions: none of them may be what the administrator's own statements mean.
  const searchPath = login === order.server.admin ? SYSTEM_ONLY : undefined;
  const client = new Client(clientConfig({ host, port, ssl, database: order.name, login, searchPath }));
  client.on('error', () => undefined);
  await client.connect();
  try {
    // What is made here can be made again: it need not be on disk when a statement returns.
    await client.query('set synchronous_commit = off');
    return await work(client);
  } finally {
    await client.end();
  }
}
