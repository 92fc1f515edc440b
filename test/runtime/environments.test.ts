import { overlay, parseConfig } from '../../runtime/environments';
import { goalIn } from '../../capabilities/environment';
import { configSchema } from '../../schemas/config';
import type { Goal } from '../../schemas/goal';
import { problemOf } from '../client/support/problem';

const raw = {
  connections: {
    wh: { kind: 'postgres', host: 'dev', database: 'd', readUser: 'r', readPassword: 'secret://dev' },
    drop: { kind: 'files', root: '/srv/dev' },
  },
  environments: {
    staging: { connections: { wh: { host: 'staging', readPassword: null, environment: 'staging' } } },
    production: {
      connections: {
        wh: { host: 'prod', environment: 'protected' },
        drop: { kind: 'postgres', database: 'drop', readUser: 'r' },
      },
      params: { year: 2014, other: 1 },
      warehouse: 'wh',
    },
  },
};

describe('an environment', () => {
  it('changes what it names, and leaves the rest', () => {
    const { connections } = parseConfig(raw, 'staging').data!;
    expect(connections.wh).toMatchObject({ host: 'staging', database: 'd', environment: 'staging' });
    expect(connections.wh).not.toHaveProperty('readPassword');
    expect(connections.drop).toEqual({ kind: 'files', root: '/srv/dev' });
    expect(parseConfig(raw, undefined).data!.connections.wh).toMatchObject({
      host: 'dev',
      environment: 'dev',
    });
  });

  it('replaces a connection by one of another kind as a whole', () => {
    const { drop } = parseConfig(raw, 'production').data!.connections;
    expect(drop).toMatchObject({ kind: 'postgres', database: 'drop' });
    expect(drop).not.toHaveProperty('root');
  });

  it('lays mappings over each other key by key, and all else as a whole', () => {
    expect(overlay({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, d: null, e: 2 })).toEqual({
      a: { b: 1, c: [3] },
      e: 2,
    });
  });

  it('that is not there is refused, naming those that are', async () => {
    expect(await problemOf(() => parseConfig(raw, 'prod'))).toMatchObject({
      code: 'invalid_config',
      message: 'The configuration has no environment "prod"; it has production, staging.',
    });
  });

  it('is checked like any configuration', () => {
    const bad = { ...raw, environments: { staging: { connections: { wh: { hots: 'x' } } } } };
    expect(parseConfig(bad, 'staging').success).toBe(false);
  });

  it('gives goals its warehouse, and values for the parameters that they declare', () => {
    const config = configSchema.parse(raw);
    const given: object[] = [];
    const check = (params: object): Goal => {
      given.push(params);
      return { goal: 'g', warehouse: 'local' } as Goal;
    };
    const document = { params: { year: { type: 'integer' } } };
    expect(goalIn('production', config, document, check)).toMatchObject({ warehouse: 'wh' });
    expect(goalIn(undefined, config, document, check)).toMatchObject({ warehouse: 'local' });
    expect(given).toEqual([{ year: 2014 }, {}]);
  });
});
