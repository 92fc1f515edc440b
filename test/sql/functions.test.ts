import { vetFunctions, lookUp, type FunctionFacts } from '../../sql/functions';

const fact = (name: string, more: Partial<FunctionFacts> = {}): FunctionFacts => ({
  name,
  schema: 'pg_catalog',
  volatility: 'i',
  definer: false,
  language: 'internal',
  extension: false,
  ...more,
});
const vet = (
  functions: string[],
  facts: FunctionFacts[],
  allow?: string[],
): ReturnType<typeof vetFunctions> => vetFunctions({ functions, operators: [] }, facts, allow);

test.each([
  'pg_read_file',
  'pg_read_binary_file',
  'pg_ls_dir',
  'pg_ls_waldir',
  'pg_stat_file',
  'lo_import',
  'lo_export',
  'lo_get',
  'loread',
  'lowrite',
  'dblink',
  'dblink_exec',
  'pg_terminate_backend',
  'pg_cancel_backend',
  'set_config',
  'query_to_xml',
  'table_to_xml',
  'cursor_to_xml',
  'schema_to_xml',
  'database_to_xml',
  'query_to_xml_and_xmlschema',
  'pg_sleep',
  'pg_sleep_for',
  'pg_sleep_until',
  'pg_advisory_lock',
  'pg_advisory_xact_lock',
  'pg_try_advisory_lock',
  'pg_advisory_unlock_all',
  'nextval',
  'setval',
  'currval',
  'lastval',
  'pg_notify',
  'pg_reload_conf',
  'pg_rotate_logfile',
  'pg_promote',
  'ts_stat',
  'crosstab',
  'pg_logical_emit_message',
  'setseed',
])('%s is refused, whatever the catalogue says of it', (name) => {
  expect(vet([name], [fact(name)]).refused).toHaveLength(1);
  expect(vet([`pg_catalog.${name}`], [fact(name)]).refused).toHaveLength(1);
});

test.each(['random', 'gen_random_uuid', 'uuidv7', 'clock_timestamp', 'pg_relation_size'])(
  '%s is volatile and harmless',
  (name) => {
    expect(vet([name], [fact(name, { volatility: 'v' })]).refused).toEqual([]);
    expect(vet([name], [fact(name, { volatility: 'v', schema: 'public' })]).refused).toHaveLength(1);
  },
);

test.each<[what: string, more: Partial<FunctionFacts>, ok: boolean]>([
  ['an immutable one', {}, true],
  ['a stable one in SQL', { schema: 'public', language: 'sql', volatility: 's' }, true],
  ['a volatile one', { volatility: 'v' }, false],
  ['a SECURITY DEFINER one', { schema: 'public', language: 'sql', definer: true }, false],
  ['one in an untrusted language', { schema: 'public', language: 'plpython3u' }, false],
  ['one in C of an extension', { schema: 'public', language: 'c', extension: true }, true],
  ['one in C of nobody', { schema: 'public', language: 'c' }, false],
])('%s: allowed is %p', (_what, more, ok) => {
  const ok_ = vet(['f'], [fact('f', more)]).refused.length === 0;
  expect(ok_).toBe(_what !== '' && ok);
});

test('of a name without a schema the worst overload counts, of one with a schema its own', () => {
  const facts = [
    fact('f'),
    fact('f', { schema: 'public', volatility: 'v' }),
    fact('f', { schema: 'app', volatility: 'v' }),
  ];
  expect(vet(['f'], facts).refused).toHaveLength(1);
  expect(vet(['pg_catalog.f'], facts).refused).toEqual([]);
  expect(vet(['app.f'], facts).refused).toHaveLength(1);
  expect(vet(['f'], [fact('f'), fact('f', { schema: 'app', volatility: 'v' })]).refused).toEqual([]);
});

test('what is nowhere in the catalogue is unknown', () => {
  expect(vet(['nothing', 'other.lower'], [fact('lower')]).unknown).toEqual(['nothing', 'other.lower']);
});

test('functions of time are remarked on, not refused', () => {
  const { refused, findings } = vet(
    ['now', 'current_date', 'current_user'],
    [fact('now', { volatility: 's' })],
  );
  expect(refused).toEqual([]);
  expect(findings.map(({ severity, rule }) => [severity, rule])).toEqual([
    ['info', 'time_function'],
    ['info', 'time_function'],
  ]);
});

test('an operator is judged by its function', () => {
  const facts = [fact('@@', { schema: 'public', volatility: 'v', language: 'plpgsql' })];
  expect(
    vetFunctions({ functions: [], operators: ['@@', '+'] }, facts).refused.map(({ name }) => name),
  ).toEqual(['@@']);
});

test('what a statement may call by exception is not asked about', () => {
  expect(vet(['nextval'], [fact('nextval', { volatility: 'v' })], ['nextval'])).toMatchObject({
    refused: [],
    unknown: [],
  });
});

test('the catalogue is asked for names without their schemas', () => {
  expect(lookUp({ functions: ['app.tax', 'lower'], operators: ['app.@@', '.'] })).toEqual([
    ['tax', 'lower'],
    ['@@', '.'],
  ]);
});
