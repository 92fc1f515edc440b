import { load, model, REVENUE, REVENUE_ASK, sqlStep, type Attempt } from './attempt';

const REVENUE_SQL = (REVENUE.model as { sql: string }).sql;
// In pieces, so that no scanner takes this file for a leak.
const AWS = ['AKIA', 'IOSFODNN7', 'EXAMPLE'].join('');
const GITHUB = ['ghp', '_16C7e42F292c6912', 'E7710c838347Ae178B4a'].join('');
const JWT = ['eyJhbGciOiJIUzI1NiJ9', '.eyJzdWIiOiIxMjM0NTY3ODkwIn0', '.dozjgNryP4J3jVmNHl0w5N'].join('');
const SLACK = ['xoxb', '-123456789012-abcdefghij'].join('');
const PEM = ['-----BEGIN PRIVATE', ' KEY-----\\nMIIEvQIBADANBg\\n-----END PRIVATE KEY-----'].join('');

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const inQuery = (name: string, expression: string): Attempt => ({
  name: `a key ${name}`,
  ask: REVENUE_ASK,
  steps: [
    model(
      'marts.revenue_by_region',
      `select region, 1 as revenue from shop.customers where ${expression} <> region`,
    ),
  ],
  how: 'refused',
});

const escaped = (text: string): string =>
  [...text].map((sign) => `\\${sign.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const hexEscaped = (text: string): string =>
  [...text].map((sign) => `\\x${sign.charCodeAt(0).toString(16)}`).join('');

export const SECRETS: readonly Attempt[] = [
  inQuery('in base64', `convert_from(decode('${base64(AWS)}', 'base64'), 'utf8')`),
  inQuery('in hexadecimal digits', `convert_from(decode('${hex(GITHUB)}', 'hex'), 'utf8')`),
  inQuery('by concat', `concat('${AWS.slice(0, 6)}', '${AWS.slice(6)}')`),
  inQuery('by format', `format('%s%s', '${AWS.slice(0, 6)}', '${AWS.slice(6)}')`),
  inQuery('glued over lines', `'${AWS.slice(0, 6)}'\n  '${AWS.slice(6)}'`),
  inQuery('glued with casts', `('${AWS.slice(0, 6)}'::text || '${AWS.slice(6)}'::text)`),
  inQuery('backwards', `reverse('${[...AWS].reverse().join('')}')`),
  inQuery('with escapes', `U&'${escaped(AWS)}'`),
  inQuery('with escapes of E', `E'${hexEscaped(AWS)}'`),
  inQuery('between dollars', `$k$${AWS}$k$`),
  inQuery('in a comment of its own', `'x' /* ${SLACK} */`),
  inQuery('as a token', `'${JWT}'`),
  inQuery('of chr', `(${[...AWS].map((sign) => `chr(${sign.charCodeAt(0)})`).join(' || ')})`),
  inQuery('in an array', `array_to_string(array['${AWS.slice(0, 8)}', '${AWS.slice(8)}'], '')`),
  inQuery('by replacing', `replace('${AWS.slice(0, 4)}#${AWS.slice(4)}', '#', '')`),
  {
    name: 'a key as the name of a column',
    ask: REVENUE_ASK,
    steps: [model('marts.revenue_by_region', `select region, 1 as "${AWS}" from shop.customers`)],
    how: 'refused',
  },
  {
    name: 'a key in a description of a model',
    ask: REVENUE_ASK,
    steps: [model('marts.revenue_by_region', REVENUE_SQL, { description: `uses ${GITHUB}` })],
    how: 'refused',
  },
  {
    name: 'a key with escaped line breaks',
    ask: REVENUE_ASK,
    steps: [{ ...REVENUE, description: PEM }],
    how: 'refused',
  },
  {
    name: 'a key among accepted values',
    ask: REVENUE_ASK,
    steps: [
      model('marts.revenue_by_region', REVENUE_SQL, {
        tests: [{ accepted_values: { column: 'region', values: [AWS] } }],
      }),
    ],
    how: 'refused',
  },
  {
    name: 'a key among spellings of null',
    ask: 'Load customers.csv.',
    steps: [load({ files: 'customers.csv', nulls: [AWS] }, 'raw.customers')],
    how: 'refused',
  },
  {
    name: 'a key in an assumption',
    ask: REVENUE_ASK,
    steps: [REVENUE],
    said: { assumptions: [`The key is ${AWS}.`] },
    how: 'refused',
  },
  {
    name: 'a key in a citation',
    ask: REVENUE_ASK,
    steps: [REVENUE],
    said: { citations: [{ source: 'table:shop.orders', title: SLACK, why: 'x' }] },
    how: 'refused',
  },
  {
    name: 'a password without quotes',
    ask: REVENUE_ASK,
    steps: [{ ...REVENUE, description: 'Log in with password=hunter2trustno1 first.' }],
    how: 'refused',
  },
  {
    name: 'a password in an address',
    ask: REVENUE_ASK,
    steps: [
      sqlStep("create table marts.revenue_source (url text default 'https://app:s3cr3tpass@db.example/x')"),
    ],
    how: 'refused',
  },
  {
    name: 'a password that is set',
    ask: REVENUE_ASK,
    steps: [
      model(
        'marts.revenue_by_region',
        "select region, 'PGPASSWORD=correcthorse' as revenue from shop.customers",
      ),
    ],
    how: 'refused',
  },
  {
    name: 'a key as a name of a parameter',
    ask: REVENUE_ASK,
    head: { params: { [GITHUB.toLowerCase().slice(0, 40)]: { type: 'string', default: 'x' } } },
    steps: [REVENUE],
  },
  {
    name: 'a key in a parameter of a check',
    ask: REVENUE_ASK,
    steps: [
      REVENUE,
      {
        id: 'c',
        needs: ['revenue'],
        check: { sql: 'select * from marts.revenue_by_region where region = :k', params: { k: AWS } },
      },
    ],
    how: 'refused',
  },
];
