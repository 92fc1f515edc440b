import { fail } from '../../../schemas/errors';
import { quoteIdent } from '../../../sql/quote';
import type { Place, RoleAlias, StructureFingerprint } from '../../warehouse';
import { serverMajorOf } from '../client';
import { Connections } from '../connections';
import { structureFingerprint } from '../fingerprint';
import { LEDGER_MIGRATIONS } from '../../ledger.sql';
import type { ShadowServer } from '../options';
import { applyDatabaseSettings } from '../clone/database-settings';
import { buildBase } from './base';
import { ifFree, withExclusive, withShared } from './locks';
import { baseDatabase, shadowDatabase } from './names';
import type { BaseNote, ShadowNote } from './note';
import { readNote, serverTime, writeNote } from './note';
import { endOlder, type EndOlderOptions } from './end-older';
import type { Origin } from './origin';
import { readOrigin } from './origin';
import { PostgresShadow } from './shadow';
import { lookAtUnused, sweep } from './sweep';

/** Part of a base's name: raise it when the same structure is copied differently, or its note says other things. */
const COPY_VERSION = 3;
const MAINTENANCE_DATABASE = 'postgres';
/** A live structure that moves faster than it can be copied is given up after so many attempts. */
const ATTEMPTS = 3;

export interface ShadowsOptions {
  server: ShadowServer;
  live: Place;
  /** Name of the live database, and whether the shadows' server is the one that holds it. */
  database: string;
  sameServer: boolean;
  reader: string;
  writer: string;
  /** Rows of a protected environment never leave their database, not even into a shadow beside it. */
  rows: boolean;
}

export interface OpenedShadow {
  shadow: PostgresShadow;
  gaps: string[];
  structure: StructureFingerprint;
}

/** The shadows of one warehouse, and the bases they are cloned from, on one server. */
export class Shadows {
  private readonly admin: Connections;
  private sweeping: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: ShadowsOptions) {
    const { server } = options;
    this.admin = new Connections({ ...server, database: MAINTENANCE_DATABASE, login: server.admin });
  }

  /**
   * Makes a shadow with the live structure as it is now. From a cached base it is one CREATE DATABASE; the first one
   * of a structure takes as long as making all of its objects. One of the same id is replaced, if this one is `wanted`
   * at that moment.
   */
  async open(id: string, wanted?: () => Promise<boolean>): Promise<OpenedShadow> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const { structure, origin } = await this.look();
      const base = this.baseName(structure.hash, origin);
      const note = await this.clone(base, id, structure.hash, origin, wanted);
      if (!note) continue;
      this.sweepSoon();
      const gaps = [...note.gaps, ...(await this.surroundings(origin))];
      return { shadow: this.connect(id), gaps, structure };
    }
    throw fail(
      'rehearsal_failed',
      `The structure of "${this.options.database}" kept changing while it was copied.`,
      {
        next: 'Run the goal again when nobody else is changing the structure.',
      },
    );
  }

  serverMajor(): Promise<number> {
    return this.admin.lend((client) => serverMajorOf(client));
  }

  /** `undefined` when there is none, or none that was finished. */
  async reopen(id: string): Promise<PostgresShadow | undefined> {
    const note = await this.admin.lend((client) => readNote<ShadowNote>(client, shadowDatabase(id)));
    return note === undefined || note === 'unfinished' ? undefined : this.connect(id);
  }

  /** With `unwanted`, false when it was left: it is wanted, or in the hands of somebody who makes or drops it. */
  drop(id: string, unwanted?: () => Promise<boolean>): Promise<boolean> {
    const database = shadowDatabase(id);
    return this.admin.lend(async (client) => {
      const drop = async (): Promise<boolean> => {
        if (unwanted && !(await unwanted())) return false;
        await client.query(`drop database if exists ${quoteIdent(database)} with (force)`);
        return true;
      };
      if (!unwanted) return withExclusive(client, database, drop);
      return (await ifFree(client, database, drop)) ?? false;
    });
  }

  /** Shadows and bases on this server that nobody uses; `mine`: only shadows of this database. With `drop`, they go. */
  async unused(
    ageMs: number,
    drop: boolean,
    mine = false,
  ): Promise<{ count: number; bytes: number; oldest: string | null }> {
    const options = { ageMs, ...(mine && { of: this.options.database }) };
    return this.admin.lend(async (client) => {
      const found = await lookAtUnused(client, options);
      return drop ? { ...found, count: (await sweep(client, options)).length } : found;
    });
  }

  /** See {@link endOlder}. */
  endOlder(options: Omit<EndOlderOptions, 'of'>): Promise<number> {
    return this.admin.lend((client) => endOlder(client, { ...options, of: this.options.database }));
  }

  async close(): Promise<void> {
    await this.sweeping;
    await this.admin.close();
  }

  private look(): Promise<{ structure: StructureFingerprint; origin: Origin }> {
    return this.options.live.read(async (session) => ({
      origin: await readOrigin(session, this.options.writer),
      structure: await structureFingerprint(session),
    }));
  }

  private baseName(structure: string, { locale, version }: Origin): string {
    const { server, database, reader, writer } = this.options;
    const roles = [server.rehearsal.user, reader, writer];
    const ledger = LEDGER_MIGRATIONS.length;
    return baseDatabase({ COPY_VERSION, ledger, database, structure, locale, version, roles });
  }

  /** `undefined` when the live structure moved before its base was complete. */
  private clone(
    base: string,
    id: string,
    structure: string,
    origin: Origin,
    wanted?: () => Promise<boolean>,
  ): Promise<BaseNote | undefined> {
    const database = shadowDatabase(id);
    return this.admin.lend(async (client) => {
      const fromBase = (): Promise<BaseNote | undefined> =>
        withShared(client, base, async () => {
          const note = await readNote<BaseNote>(client, base);
          if (note === undefined || note === 'unfinished') return undefined;
          await withExclusive(client, database, async () => {
            if (wanted && !(await wanted())) throw unwantedNow();
            const [name, owner] = [quoteIdent(database), quoteIdent(this.owner(origin))];
            await client.query(`drop database if exists ${name} with (force)`);
            await client.query(`create database ${name} template ${quoteIdent(base)} owner ${owner}`);
            await client.query(this.access(name, origin));
            await applyDatabaseSettings(client, database, note.settings);
            await writeNote(client, database, {
              kind: 'shadow',
              structure,
              of: this.options.database,
              madeAt: (await serverTime(client)).toISOString(),
            });
          });
          return note;
        });
      const cached = await fromBase();
      if (cached) return cached;
      const { live, server, reader, writer, database: of } = this.options;
      const built = await withExclusive(client, base, async () => {
        const note = await readNote<BaseNote>(client, base);
        if (note !== undefined && note !== 'unfinished') return note;
        return buildBase(client, { name: base, structure, origin, of, live, server, reader, writer });
      });
      return built && fromBase();
    });
  }

  /** What the writing role may do with the live database as such, the rehearsal's role may with the shadow. */
  private owner(origin: Origin): string {
    return origin.owned ? this.options.server.rehearsal.user : this.options.server.admin.user;
  }

  private access(name: string, { owned, mayCreate }: Origin): string {
    const rights = ['connect', 'temporary', ...(mayCreate ? ['create'] : [])].join(', ');
    const grant = owned
      ? ''
      : `; grant ${rights} on database ${name} to ${quoteIdent(this.options.server.rehearsal.user)}`;
    return `revoke all on database ${name} from public${grant}`;
  }

  /** What is not as it should be around the shadow, whatever is in it. */
  private async surroundings(origin: Origin): Promise<string[]> {
    const { server, sameServer, database, writer } = this.options;
    return this.admin.lend(async (client) => {
      const { rows } = await client.query<{
        version: number;
        reaches: boolean | null;
        sees_more: boolean | null;
        acts_as: string | null;
      }>(
        `select current_setting('server_version_num')::int as version,
           (select has_database_privilege($1, d.oid, 'CONNECT') from pg_catalog.pg_database d where datname = $3) as reaches,
           (select r.rolbypassrls and not (w.rolbypassrls or w.rolsuper) from pg_catalog.pg_roles r, pg_catalog.pg_roles w
             where r.rolname = $1 and w.rolname = $2) as sees_more,
           (select string_agg(quote_ident(g.rolname), ', ' order by g.rolname) from pg_catalog.pg_auth_members m
              join pg_catalog.pg_roles g on g.oid = m.roleid join pg_catalog.pg_roles w on w.oid = m.member
            -- What other sessions do is no part of what a statement does.
            where w.rolname = $2 and g.rolname <> 'pg_read_all_stats') as acts_as`,
        [server.rehearsal.user, writer, database],
      );
      const { version, reaches, sees_more, acts_as } = rows[0]!;
      const sameMajor = Math.trunc(version / 10_000) === Math.trunc(origin.version / 10_000);
      return [
        ...(sameServer && reaches
          ? [`role "${server.rehearsal.user}" may connect to the live database: revoke that`]
          : []),
        ...(sees_more
          ? [
              `role "${server.rehearsal.user}" reads past row security, role "${writer}" does not: alter role ${quoteIdent(server.rehearsal.user)} nobypassrls`,
            ]
          : []),
        ...(acts_as
          ? [`role "${writer}" is a member of ${acts_as}, role "${server.rehearsal.user}" is not`]
          : []),
        // On another major it is a simulation, which says more than either.
        ...(sameServer || !sameMajor ? [] : ['the shadow is on another server than the warehouse']),
        ...(version === origin.version || !sameMajor
          ? []
          : [`the shadow's server has version ${version}, the warehouse's ${origin.version}`]),
      ];
    });
  }

  private connect(id: string): PostgresShadow {
    const { server, live, rows, writer } = this.options;
    const roleAlias: RoleAlias = { from: server.rehearsal.user, to: writer };
    return new PostgresShadow({ database: shadowDatabase(id), server, live, rows, roleAlias });
  }

  /** Dropping a database takes the server a while; nobody waits for it but `close`. */
  private sweepSoon(): void {
    this.sweeping = this.sweeping
      .then(() => this.admin.lend((client) => sweep(client)))
      .catch(() => undefined);
  }
}

function unwantedNow(): Error {
  return fail('rehearsal_failed', 'The run does not want this shadow any more, so it was not made.', {
    next: 'Nothing: the run has ended, or goes on with another one.',
  });
}
