import { inputMutation, type GoalTask } from '../task';
import { INVOICE_HEAD, valuesOf } from '../world/files';

const csv = (files: string | string[], into: string, more: object = {}) => ({
  ingest: { from: { files, nulls: ['NA'] }, into, ...more },
});
const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;
/** Rows of files of ours as a query; an independent way to what a load must make. */
const values = (rows: string[][], select: string, names: string) =>
  `select ${select} from (values ${rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ')}) v(${names})`;

const INVOICES = ['2024-01', '2024-02', '2024-03'].flatMap((month) => valuesOf(`invoices/${month}.csv`));
const INVOICE = `invoice_no, customer_id::int, invoice_date::date, amount::numeric, nullif(state, 'NA')`;
const INVOICE_GOT = (table: string) =>
  `select invoice_no, customer_id::int, invoice_date::date, amount::numeric, state from ${table}`;

export const load: GoalTask[] = [
  {
    id: 'load-airlines',
    kind: 'load',
    words: 'Load airlines.csv into the new table staging.airlines. The carrier code identifies a row.',
    ends: 'goal',
    reference: {
      goal: 'load-airlines',
      steps: [
        { id: 'load', ...csv('airlines.csv', 'staging.airlines', { mode: 'replace', key: ['carrier'] }) },
      ],
    },
    outcome: {
      writes: ['staging.airlines'],
      rows: [
        { got: 'select carrier, name from staging.airlines', want: 'select carrier, name from raw.airlines' },
      ],
      keys: [{ relation: 'staging.airlines', columns: ['carrier'] }],
    },
    mutations: [
      inputMutation('another table', 'load', (input) => (input.into = 'staging.airline')),
      inputMutation('a column less', 'load', (input) => (input.columns = { carrier: 'carrier' })),
      inputMutation('another file', 'load', (input) => (input.from = { files: 'airports.csv' })),
    ],
  },
  {
    id: 'load-planes',
    kind: 'load',
    words:
      'Put planes.csv into staging.planes, one row per tailnum. Missing values are written NA and must become nulls; year and seats are numbers.',
    ends: 'goal',
    reference: {
      goal: 'load-planes',
      steps: [{ id: 'load', ...csv('planes.csv', 'staging.planes', { mode: 'merge', key: ['tailnum'] }) }],
    },
    outcome: {
      writes: ['staging.planes'],
      rows: [
        {
          got: 'select tailnum, year::int, manufacturer, seats::int, speed::int from staging.planes where year + seats is not distinct from year + seats',
          want: 'select tailnum, year, manufacturer, seats, speed from raw.planes',
        },
      ],
      keys: [{ relation: 'staging.planes', columns: ['tailnum'] }],
    },
    mutations: [
      inputMutation('NA stays text', 'load', (input) => (input.from = { files: 'planes.csv' })),
      inputMutation('key of what is not unique', 'load', (input) => (input.key = ['manufacturer'])),
    ],
  },
  {
    id: 'load-flights-january',
    kind: 'load',
    words:
      'Load all daily files in flights/ into staging.flights. NA means missing. A flight is identified by year, month, day, carrier, flight and origin; if a corrected file comes later, its flights must be updated.',
    ends: 'goal',
    reference: {
      goal: 'load-flights',
      steps: [
        {
          id: 'flights',
          ...csv('flights/*.csv', 'staging.flights', {
            mode: 'merge',
            key: ['year', 'month', 'day', 'carrier', 'flight', 'origin'],
          }),
        },
      ],
    },
    outcome: {
      writes: ['staging.flights'],
      rows: [
        {
          got: 'select month::int, day::int, carrier, flight::int, origin, dest, dep_delay::int, arr_delay::int, tailnum, time_hour from staging.flights',
          want: 'select month, day, carrier, flight, origin, dest, dep_delay, arr_delay, tailnum, time_hour from raw.flights',
        },
      ],
      keys: [
        { relation: 'staging.flights', columns: ['year', 'month', 'day', 'carrier', 'flight', 'origin'] },
      ],
    },
    mutations: [
      inputMutation(
        'one day only',
        'flights',
        (input) => (input.from = { files: 'flights/2013-01-0*.csv', nulls: ['NA'] }),
      ),
      inputMutation('a key that is not one', 'flights', (input) => (input.key = ['carrier', 'flight'])),
    ],
  },
  {
    id: 'load-invoices',
    kind: 'load',
    words:
      'Load the monthly invoice files in invoices/ into staging.invoices, with invoice_no as the key. NA means missing. Files are corrected now and then: what comes later for the same invoice replaces it, new invoices are added.',
    ends: 'goal',
    reference: {
      goal: 'load-invoices',
      steps: [
        {
          id: 'invoices',
          ...csv('invoices/*.csv', 'staging.invoices', { mode: 'merge', key: ['invoice_no'] }),
        },
      ],
    },
    outcome: {
      writes: ['staging.invoices'],
      rows: [{ got: INVOICE_GOT('staging.invoices'), want: values(INVOICES, INVOICE, INVOICE_HEAD) }],
      keys: [{ relation: 'staging.invoices', columns: ['invoice_no'] }],
      again: {
        files: {
          'invoices/2024-03b.csv': `${INVOICE_HEAD}\nINV-2024-3-001,5,2024-03-02,999.99,paid\nINV-2024-3-900,6,2024-03-30,1.00,paid\n`,
        },
        rows: [
          {
            got: `select invoice_no, amount::numeric from staging.invoices where invoice_no in ('INV-2024-3-001', 'INV-2024-3-900', 'INV-2024-3-002')`,
            want: `values ('INV-2024-3-001', 999.99), ('INV-2024-3-900', 1.00), ('INV-2024-3-002', ${INVOICES.find(([no]) => no === 'INV-2024-3-002')![3]})`,
          },
          { got: 'select count(*) from staging.invoices', want: `select ${INVOICES.length + 1}::bigint` },
        ],
      },
    },
    mutations: [
      inputMutation('the key dropped', 'invoices', (input) => {
        delete input.key;
        input.mode = 'append';
      }),
      inputMutation(
        'only January',
        'invoices',
        (input) => (input.from = { files: 'invoices/2024-01.csv', nulls: ['NA'] }),
      ),
      inputMutation('replaced instead of merged', 'invoices', (input) => {
        input.from = { files: 'invoices/2024-0?.csv', nulls: ['NA'] };
      }),
    ],
  },
  {
    id: 'load-latin1',
    kind: 'load',
    words:
      'suppliers/lieferanten.csv comes from a German Excel: semicolons, Latin-1. Load it into staging.suppliers with the columns id, company and city (Nummer, Firma, Ort in the file).',
    ends: 'goal',
    reference: {
      goal: 'load-suppliers',
      steps: [
        {
          id: 'load',
          ingest: {
            from: { files: 'suppliers/lieferanten.csv', delimiter: ';', encoding: 'latin1' },
            into: 'staging.suppliers',
            mode: 'replace',
            key: ['id'],
            columns: { Nummer: 'id', Firma: 'company', Ort: 'city' },
          },
        },
      ],
    },
    outcome: {
      writes: ['staging.suppliers'],
      rows: [
        {
          got: 'select id::int, company, city from staging.suppliers',
          want: `select i, 'Müller & Söhne ' || i, case i % 2 when 1 then 'Köln' else 'Zürich' end from generate_series(1, 40) i`,
        },
      ],
    },
    mutations: [
      inputMutation(
        'another encoding',
        'load',
        (input) =>
          (input.from = { files: 'suppliers/lieferanten.csv', delimiter: ';', encoding: 'utf-16le' }),
      ),
      inputMutation(
        'commas',
        'load',
        (input) => (input.from = { files: 'suppliers/lieferanten.csv', encoding: 'latin1' }),
      ),
      inputMutation(
        'columns swapped',
        'load',
        (input) => (input.columns = { Nummer: 'id', Firma: 'city', Ort: 'company' }),
      ),
    ],
  },
  {
    id: 'load-jsonl',
    kind: 'load',
    words:
      'Load stock/stock.jsonl into staging.stock as product_id, on_hand and place (ProductId, OnHand and Place in the file). Each delivery is complete and replaces the one before.',
    ends: 'goal',
    reference: {
      goal: 'load-stock',
      steps: [
        {
          id: 'load',
          ingest: {
            from: { files: 'stock/stock.jsonl' },
            into: 'staging.stock',
            mode: 'replace',
            key: ['product_id'],
            columns: { ProductId: 'product_id', OnHand: 'on_hand', Place: 'place' },
          },
        },
      ],
    },
    outcome: {
      writes: ['staging.stock'],
      rows: [
        {
          got: 'select product_id::int, on_hand::int, place from staging.stock',
          want: `select i + 1, (i * 13) % 50, case i % 2 when 1 then 'north' else 'south' end from generate_series(0, 59) i`,
        },
      ],
    },
    mutations: [
      inputMutation(
        'columns swapped',
        'load',
        (input) => (input.columns = { ProductId: 'on_hand', OnHand: 'product_id', Place: 'place' }),
      ),
      inputMutation(
        'a column less',
        'load',
        (input) => (input.columns = { ProductId: 'product_id', Place: 'place' }),
      ),
    ],
  },
  {
    id: 'load-dirty',
    kind: 'load',
    words:
      'Load deliveries/deliveries.csv into staging.deliveries with delivery_id as the key. A few lines are broken: set up to 1% of the rows aside, more must stop the load.',
    ends: 'goal',
    reference: {
      goal: 'load-deliveries',
      steps: [
        {
          id: 'load',
          ingest: {
            from: { files: 'deliveries/deliveries.csv' },
            into: 'staging.deliveries',
            key: ['delivery_id'],
            quarantine: { limit: '1%' },
          },
        },
      ],
    },
    outcome: {
      writes: ['staging.deliveries'],
      rows: [
        {
          got: 'select delivery_id::int, order_id::int, weight_kg::numeric from staging.deliveries',
          want: `select i, 1 + i % 1400, (i * 3 % 97) / 10.0 from generate_series(1, 400) i where i not in (120, 300)`,
        },
      ],
    },
    mutations: [inputMutation('nothing may be set aside', 'load', (input) => delete input.quarantine)],
  },
];
