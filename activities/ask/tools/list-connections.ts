import { z } from 'zod';
import { nameAsData } from '../mask/names';
import { fitting } from './limits';
import type { Tool } from './tool';

const inputSchema = z.strictObject({});

export const listConnections: Tool<z.infer<typeof inputSchema>> = {
  name: 'list_connections',
  description:
    'The connections that goals may name: what kind each is, its environment, whether one may write there. No addresses, no secrets. Use it before you name a source or a warehouse.',
  input: inputSchema,
  run(_, ctx) {
    const { config, goal, environment } = ctx.bundle;
    const connections = Object.entries(config.connections).map(([name, connection]) => ({
      name: nameAsData(name),
      kind: connection.kind,
      ...(connection.kind === 'postgres'
        ? { environment: connection.environment, may_write: connection.writeUser !== undefined }
        : {}),
    }));
    const own = connections.some(({ name }) => name === 'local')
      ? []
      : [{ name: 'local', kind: 'postgres', environment: 'dev', may_write: true }];
    const content = {
      warehouse: nameAsData(goal.warehouse),
      ...(environment === undefined ? {} : { environment: nameAsData(environment) }),
      connections: [...own, ...connections],
    };
    return Promise.resolve({ content: fitting(content) });
  },
};
