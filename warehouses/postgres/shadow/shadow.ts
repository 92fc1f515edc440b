import type { Check, RelationName } from '../../../schemas/change';
import type { Place, RoleAlias, SampleReport, Shadow } from '../../warehouse';
import { Connections } from '../connections';
import type { ShadowServer } from '../options';
import { PostgresPlace } from '../place';
import { compareWithMemory } from './compare';
import { Sampler } from './sampler';

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
    this.admin = new Connections({ ...server, database, login: server.admin });
  }

  async sample(relations: readonly RelationName[], rowsPerTable: number): Promise<SampleReport> {
    if (!this.shadow.rows) {
      return {
        tables: [],
        gaps: ['the environment is protected: rows stay where they are, the rehearsal ran on empty tables'],
      };
    }
    const { live, server } = this.shadow;
    const options = { live, shadow: this, admin: this.admin, role: server.rehearsal.user, rowsPerTable };
    return new Sampler(options).sample(relations);
  }

  compareWithBefore(): Promise<Check[]> {
    return compareWithMemory(this.admin, this.shadow.roleAlias);
  }

  override async close(): Promise<void> {
    await Promise.all([super.close(), this.admin.close()]);
  }
}
