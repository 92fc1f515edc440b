import { withoutSecrets } from '../../governance/secret-shapes';
import { credentialsIn } from '../../governance/secret-text';

describe('a credential in a text is found', () => {
  it.each([
    ['load postgres://ann:hunter2@db/crm', 'a URL with a password'],
    ['the crm, password=hunter2', 'a password'],
    ['use the password hunter2 for it', 'a password'],
    ['The password is "s3cret!".', 'a password'],
    ['Das Passwort ist geheim123', 'a password'],
    ['pwd: 48151623', 'a password'],
    [`with the key sk-${'ant-api03-'}${'x1'.repeat(10)}`, 'an API key'],
    ['AKIAIOSFODNN7EXAMPLE may read it', 'an AWS access key'],
    ['api_key = 9f8e7d6c5b4a3921', 'an API key or a token'],
    [`slt_${'a'.repeat(43)}`, 'a Sluice token'],
    [`use npm_${'a1'.repeat(18)}`, 'an npm token'],
    [`pypi-${'AgEIcHlwaS5vcmc'.repeat(3)}`, 'a PyPI token'],
    [`hf_${'aB3'.repeat(12)}`, 'a Hugging Face token'],
    [`sk_live_${'4e'.repeat(12)}`, 'a Stripe key'],
    [`https://hooks.slack.com/services/${'T0000/B0000/'}${'x'.repeat(24)}`, 'a Slack webhook'],
    [`dop_v1_${'0f'.repeat(32)}`, 'a DigitalOcean token'],
    ['-----BEGIN RSA PRIVATE KEY-----', 'a private key'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLXdpdGg', 'a JSON web token'],
  ])('%s', (text, what) => {
    expect(credentialsIn(text)).toEqual([what]);
  });
});

describe('what only speaks of one is none', () => {
  it.each([
    'load the invoices bucket every morning and build revenue by region',
    'the column password is hashed; leave it out',
    'keep password_hash and token as text',
    'load crm with secret://crm_password',
    'the password is secret://crm_password',
    'count rows where token is null',
    'passwords are stored as sha256',
    'primary key: (id, carrier)',
    'the join key is raw.flights.carrier_2013',
    'https://example.com/a:b@c is no login',
    'do the basic internationalization of its names',
    'Lade die Flüge von 2013 und nenne die zehn pünktlichsten Fluglinien.',
  ])('%s', (text) => {
    expect(credentialsIn(text)).toEqual([]);
  });
});

it('what is refused is also what is taken out of a text: there is one catalogue', () => {
  for (const text of [`slt_${'a'.repeat(43)}`, `npm_${'a1'.repeat(18)}`, `glpat-${'x'.repeat(16)}`]) {
    expect(credentialsIn(text)).toHaveLength(1);
    expect(withoutSecrets(`so ${text} it is`)).toBe('so [redacted] it is');
  }
});
