import type { Check, RelationName } from '../../../schemas/change';
import type { MissingParents, Place, RoleAlias, SampleNeeds, SampleReport, Shadow } from '../../warehouse';
import { Connections } from '../connections';
import type { ShadowServer } from '../options';
import { PostgresPlace } from '../place';
import { compareWithMemory } from './compare';
import { SYSTEM_ONLY } from '../settings';
import { Sampler } from './sampler';
import { hasRows } from './places';

export interface ShadowOptions {
  database: string;
  server: ShadowServer;
  live: Place;
  /** Whether rows may be copied from the live database. */
  rows: boolean;
  roleAlias: RoleAlias;
}

/** A shadow: read and written as the rehearsal's role, remembered and compared as the administrator. */
export class PostgresShadow extends PostgresPlace implements Shadow {
  readonly database: string;
  private readonly admin: Connections;

  constructor(private readonly shadow: ShadowOptions) {
    const { server, database, roleAlias } = shadow;
    const rehearsal = new Connections({ ...server, database, login: server.rehearsal });
    super(rehearsal, rehearsal, { roleAlias });
    this.database = database;
    // What is rehearsed may make functions: none of them may be what the administrator's own statements mean.
    this.admin = new Connections({ ...server, database, login: server.admin, searchPath: SYSTEM_ONLY });
  }

  async sample(
    relations: readonly RelationName[],
    rowsPerTable: number,
    needs: SampleNeeds = {},
  ): Promise<SampleReport> {
    if (this.shadow.rows) return this.sampler(rowsPerTable).sample(relations, needs);
    return {
      tables: [],
      gaps: ['the environment is protected: rows stay where they are, the rehearsal ran on empty tables'],
      unseen: (await this.filled(needs)).map((name) => `rows of ${name}, which stay where they are`),
      unknown: [],
    };
  }

  async sampleParents(missing: readonly MissingParents[], rowsPerTable: number): Promise<number> {
    return this.shadow.rows ? this.sampler(rowsPerTable).parents(missing) : 0;
  }

  private sampler(rowsPerTable: number): Sampler {
    const { live, server } = this.shadow;
    return new Sampler({ live, shadow: this, admin: this.admin, role: server.rehearsal.user, rowsPerTable });
  }

  /** Tables whose rows would be touched and that have some: of an empty one an empty copy shows all there is. */
  private async filled({ touches = [] }: SampleNeeds): Promise<RelationName[]> {
    const names = [...new Set(touches.map(({ relation }) => relation))];
    if (names.length === 0) return [];
    return this.shadow.live.read(async (session) => {
      const found: RelationName[] = [];
      for (const name of names) if (await hasRows(session, name)) found.push(name);
      return found;
    });
  }

  compareWithBefore(): Promise<Check[]> {
    return compareWithMemory(this.admin, this.shadow.roleAlias);
  }

  override async close(): Promise<void> {
    await Promise.all([super.close(), this.admin.close()]);
  }
}
