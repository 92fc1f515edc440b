/** Where a PostgreSQL server listens, and how far its certificate is checked. */
export interface Address {
  host: string;
  port: number;
  /** Default `disable`. `require` encrypts without checking who answers; `verify-full` checks the certificate. */
  ssl?: 'disable' | 'require' | 'verify-full';
}

export interface Login {
  user: string;
  /** Empty where the server asks for none. */
  password: string;
}

/** A server on which shadows may be made. */
export interface ShadowServer extends Address {
  /** A superuser: makes databases, extensions and grants. Never runs code that a warehouse's users wrote. */
  admin: Login;
  /** Owns what a rehearsal makes; may connect to nothing but shadows. */
  rehearsal: Login;
}

export interface PostgresWarehouseOptions extends Address {
  name: string;
  database: string;
  environment: 'dev' | 'staging' | 'protected';
  /** Looks; can do nothing else. */
  reader: Login;
  writer: Login;
  /** Together with `rehearsal`: shadows are made beside the warehouse, on the same server. */
  admin?: Login;
  rehearsal?: Login;
  /** Shadows are made on this server instead, e.g. because nobody hands out a superuser of the warehouse's own. */
  shadows?: ShadowServer;
}

/** One role at one database: what a set of connections is opened with. */
export interface Target extends Address {
  database: string;
  login: Login;
  /** Another search path than the pinned one. */
  searchPath?: string;
}

/** The server for shadows, or `undefined` when this warehouse has none: then nothing can be rehearsed. */
export function shadowServer(options: PostgresWarehouseOptions): ShadowServer | undefined {
  if (options.shadows) return options.shadows;
  const { host, port, ssl, admin, rehearsal } = options;
  return admin && rehearsal ? { host, port, ssl, admin, rehearsal } : undefined;
}
