import type { StoreDb } from '../database';
import { IssuerKeys } from './issuer-keys';
import { Tickets } from './tickets';
import { Tokens } from './tokens';
import { Users } from './users';

/** Who people are, and what proves it. */
export class Identity {
  readonly users: Users;
  readonly tokens: Tokens;
  readonly keys: IssuerKeys;
  readonly tickets: Tickets;

  constructor(db: StoreDb) {
    this.users = new Users(db);
    this.tokens = new Tokens(db);
    this.keys = new IssuerKeys(db);
    this.tickets = new Tickets(db);
  }
}
