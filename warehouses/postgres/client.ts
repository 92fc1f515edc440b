import { Client, type ClientBase, type ClientConfig } from 'pg';

/** A connection that remembers which major the server said it is when it was opened. */
export class VersionedClient extends Client {
  serverMajor: number | undefined;
  /** As the server says it: `15.4 (Debian 15.4-1)`. */
  serverVersion: string | undefined;

  constructor(config?: string | ClientConfig) {
    super(config);
    // ParameterStatus of the start-up: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-ASYNC
    const { connection } = this as unknown as { connection: NodeJS.EventEmitter };
    connection.on('parameterStatus', (said: { parameterName: string; parameterValue: string }) => {
      if (said.parameterName !== 'server_version') return;
      this.serverVersion = said.parameterValue;
      this.serverMajor = Number.parseInt(said.parameterValue, 10);
    });
  }
}

/** The major of the server behind a connection: 14, 15, … Asked for where the connection does not know it. */
export async function serverMajorOf(client: ClientBase): Promise<number> {
  const known = (client as Partial<VersionedClient>).serverMajor;
  if (known !== undefined) return known;
  const { rows } = await client.query<{ major: number }>(
    `select pg_catalog.current_setting('server_version_num')::int / 10000 as major`,
  );
  return rows[0]!.major;
}
