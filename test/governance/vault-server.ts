import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Token {
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** No renewal goes beyond this. */
  maxAt: number;
  ttlMs: number;
}

/** What was asked of it: `POST auth/approle/login`. */
export interface VaultStandIn {
  url: string;
  calls: string[];
  /** Below the mount `secret`. */
  secrets: Map<string, Record<string, unknown> | 'deleted'>;
  /** Paths that the policy does not let anybody read. */
  forbidden: Set<string>;
  sealed: boolean;
  /** The namespace that requests must name. */
  namespace?: string;
  /** Lives of tokens that AppRole gives, in milliseconds. */
  ttlMs: number;
  maxMs: number;
  roleId: string;
  secretId: string;
  /** A token made without signing in; `ttlMs` 0: it never ends. */
  issue(token: string, ttlMs: number): void;
  revokeAll(): void;
  close(): Promise<void>;
}

/**
 * Speaks the part of Vault's HTTP API that Sluice uses, with its statuses and bodies as
 * https://developer.hashicorp.com/vault/api-docs has them: KV version 2, AppRole, tokens with leases, namespaces, a seal.
 * Leases are counted in whole seconds, as there; `ttlMs` below a second is answered as one and ends when it says.
 */
export async function vaultStandIn(): Promise<VaultStandIn> {
  const tokens = new Map<string, Token>();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const vault: VaultStandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    secrets: new Map(),
    forbidden: new Set(),
    sealed: false,
    ttlMs: 3_600_000,
    maxMs: 24 * 3_600_000,
    roleId: 'role-1',
    secretId: 'secret-id-of-the-role',
    issue(token, ttlMs) {
      const expiresAt = ttlMs === 0 ? Infinity : Date.now() + ttlMs;
      tokens.set(token, { expiresAt, maxAt: Infinity, ttlMs });
    },
    revokeAll: () => tokens.clear(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url!.replace(/^\/v1\//, '');
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = (chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {}) as Record<
      string,
      string
    >;
    vault.calls.push(`${request.method} ${path}`);
    const send = (status: number, value: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    const errors = (status: number, ...texts: string[]): void => send(status, { errors: texts });
    if (vault.sealed) return errors(503, 'Vault is sealed');
    if (vault.namespace !== undefined && request.headers['x-vault-namespace'] !== vault.namespace)
      return errors(404, 'no handler for route');
    if (path === 'auth/approle/login') {
      if (body.role_id !== vault.roleId || body.secret_id !== vault.secretId)
        return errors(400, 'invalid role or secret ID');
      const token = `hvs.${tokens.size}-${Date.now()}`;
      const now = Date.now();
      tokens.set(token, { expiresAt: now + vault.ttlMs, maxAt: now + vault.maxMs, ttlMs: vault.ttlMs });
      return send(200, authOf(token, vault.ttlMs));
    }
    const name = String(request.headers['x-vault-token'] ?? '');
    const token = tokens.get(name);
    if (!token || token.expiresAt < Date.now()) return errors(403, 'permission denied', 'invalid token');
    if (path === 'auth/token/lookup-self') {
      const ttl = token.ttlMs === 0 ? 0 : seconds(token.expiresAt - Date.now());
      return send(200, { data: { ttl, renewable: token.ttlMs > 0, id: name } });
    }
    if (path === 'auth/token/renew-self') {
      token.expiresAt = Math.min(Date.now() + token.ttlMs, token.maxAt);
      return send(200, authOf(name, token.expiresAt - Date.now()));
    }
    const key = /^secret\/data\/(.+)$/.exec(path)?.[1];
    if (key === undefined || vault.forbidden.has(key))
      return errors(403, '1 error occurred:\n\t* permission denied\n\n');
    const data = vault.secrets.get(key);
    if (data === undefined) return errors(404);
    if (data === 'deleted')
      return send(404, {
        data: { data: null, metadata: { deletion_time: '2026-01-01T00:00:00Z', version: 2 } },
      });
    send(200, { data: { data, metadata: { version: 1, destroyed: false } } });
  }
  return vault;
}

const seconds = (ms: number): number => Math.max(0, Math.ceil(ms / 1_000));

function authOf(token: string, ms: number): object {
  return {
    auth: { client_token: token, lease_duration: seconds(ms), renewable: true, policies: ['sluice'] },
  };
}
