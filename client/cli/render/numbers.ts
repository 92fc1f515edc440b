/** `27,004` */
export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** `1 row`, `27,004 rows` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Decimal units, as disks and clouds count: `812 B`, `2.6 MB`. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let scaled = value;
  let unit = 0;
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${unit === 0 || scaled >= 99.5 ? Math.round(scaled) : scaled.toFixed(1)} ${units[unit]}`;
}

const UNITS = [
  { size: 86_400, name: 'days' },
  { size: 3_600, name: 'h' },
  { size: 60, name: 'min' },
  { size: 1, name: 's' },
] as const;

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `7 days`: two units at most. */
export function seconds(value: number): string {
  if (value < 9.95) return `${value < 0.05 ? '<0.1' : value.toFixed(1)} s`;
  const whole = Math.round(value);
  const largest = UNITS.findIndex(({ size }) => whole >= size);
  const [unit, next] = [UNITS[largest]!, UNITS[largest + 1]];
  const rest = next ? Math.floor((whole % unit.size) / next.size) : 0;
  const many = Math.floor(whole / unit.size);
  const first = `${many} ${unit.name === 'days' && many === 1 ? 'day' : unit.name}`;
  return rest > 0 && next ? `${first} ${rest} ${next.name}` : first;
}

/** `2026-11-21 04:12 CET`: in the zone of whoever reads it (`TZ`). */
export function localMoment(iso: string | Date): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    timeZoneName: 'short',
  }).formatToParts(new Date(iso));
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((found) => found.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')} ${part('timeZoneName')}`;
}

/** `2026-11-21 03:12 UTC` */
export function moment(iso: string | Date): string {
  return `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
