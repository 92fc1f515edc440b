import { asks, asksForAllRows, asksToDrop } from '../../../../activities/ask/vet/verbs';
import { names, wordsFrom } from '../../../../activities/ask/vet/words';

const words = (text: string) => wordsFrom([text]);

it.each([
  'Load the orders every morning.',
  'Refresh it daily at six.',
  'Load the deliveries daily.',
  'I need a weekly job for this.',
  'Do this each Monday.',
  'Whenever new files come, load them.',
  'Lade die Bestellungen jeden Morgen.',
  'Charge les commandes chaque jour.',
  '每天加载订单',
])('asks to be repeated: %s', (text) => {
  expect(asks(words(text), 'repeat')).toBe(true);
});

it.each([
  'Make sure that every order has a customer.',
  'Revenue of each day.',
  'The best customers of every region.',
  'Build the daily revenue.',
  'A monthly total per customer.',
  'Umsatz für jeden Tag.',
  'Do not schedule it.',
])('does not ask to be repeated: %s', (text) => {
  expect(asks(words(text), 'repeat')).toBe(false);
});

it.each([
  ['Delete the old orders.', true],
  ['Please remove duplicates.', true],
  ['Lösche die stornierten Bestellungen.', true],
  ['Supprimez les commandes annulées.', true],
  ['删除旧订单', true],
  ['Build revenue, but do not delete anything.', false],
  ['Rebuild it without dropping the old table.', false],
  ['Bitte nichts löschen.', false],
  ['Build revenue by region.', false],
])('%s asks for something to be removed: %s', (text, expected) => {
  expect(asks(words(text), 'remove')).toBe(expected);
});

it.each([
  ['Drop shop.orders.', true],
  ['Remove the table shop.old_orders.', true],
  ['Delete the column note.', true],
  ['Remove staging.tmp_orders.', true],
  ['Entferne die Spalte note.', true],
  ['Die Tabelle alt_kunden bitte löschen.', true],
  ['Delete the cancelled orders.', false],
  ['Delete cancelled rows from the table orders.', false],
  ['Remove customers without orders.', false],
])('%s asks for a table or column to go: %s', (text, expected) => {
  expect(asksToDrop(words(text))).toBe(expected);
});

it.each([
  ['Delete all rows of staging.x.', true],
  ['Empty the table staging.x.', true],
  ['Set the currency to EUR in every row.', true],
  ['Lösche alle Zeilen.', true],
  ['Delete all rows older than 2020.', false],
  ['Delete all records where the status is cancelled.', false],
  ['Delete all cancelled orders.', false],
  ['Do not delete all rows.', false],
])('%s asks for all rows: %s', (text, expected) => {
  expect(asksForAllRows(words(text))).toBe(expected);
});

it.each([
  ['delete from shop.orders', 'shop.orders', true],
  ['the orders of the shop', 'shop.orders', true],
  ['each order', 'shop.orders', true],
  ['the order items', 'shop.order_items', true],
  ['load orders.csv', 'raw.orders', true],
  ['daily delays', 'marts.daily_delays', true],
  ['empty staging.tmp_orders', 'shop.orders', false],
  ['empty staging.orders', 'shop.orders', false],
  ['the customers', 'shop.orders', false],
  ['reordering', 'shop.order_items', false],
  ['salary bands', 'hr.salaries', true],
])('%j names %s: %s', (text, relation, expected) => {
  expect(names(words(text), relation)).toBe(expected);
});
