import { credentialsIn } from '../../governance/secret-text';

describe('a credential in a text is found', () => {
  it.each([
    ['load postgres://ann:hunter2@db/crm', 'a URL with a password'],
    ['the crm, password=hunter2', 'a password'],
    ['use the password hunter2 for it', 'a password'],
    ['The password is "s3cret!".', 'a password'],
    ['Das Passwort ist geheim123', 'a password'],
    ['pwd: 48151623', 'a password'],
    [`with the key sk-${'ant-api03-'}${'x1'.repeat(10)}`, 'an API key or a token'],
    ['AKIAIOSFODNN7EXAMPLE may read it', 'an API key or a token'],
    ['api_key = 9f8e7d6c5b4a3921', 'an API key or a token'],
    [`slt_${'a'.repeat(43)}`, 'an API key or a token'],
    ['-----BEGIN RSA PRIVATE KEY-----', 'a private key'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLXdpdGg', 'a signed token'],
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
    'Lade die Flüge von 2013 und nenne die zehn pünktlichsten Fluglinien.',
  ])('%s', (text) => {
    expect(credentialsIn(text)).toEqual([]);
  });
});
