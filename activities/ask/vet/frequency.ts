import type { Words } from './words';

/** How often a schedule runs on a day on which it runs; undefined: it cannot be told. */
export function runsADay(cron: string): number | undefined {
  const every = /^@every\s+(\d+)(ms|s|m|h|d)\b/.exec(cron);
  if (every) {
    const minutes = { ms: 1 / 60_000, s: 1 / 60, m: 1, h: 60, d: 1440 }[every[2] as 'm'];
    return 1440 / (Number(every[1]) * minutes);
  }
  if (cron.startsWith('@')) return cron === '@hourly' ? 24 : 1;
  const [minute = '', hour = ''] = cron.trim().split(/\s+/);
  return count(minute, 60) * count(hour, 24);
}

/** How many values a field of a cron expression has, of so many. */
function count(field: string, all: number): number {
  return field.split(',').reduce((sum, part) => {
    const [range = '', step = '1'] = part.split('/');
    const [from, to] = range === '*' ? [0, all - 1] : range.split('-').map(Number);
    const last = to ?? (part.includes('/') ? all - 1 : from);
    const size = Math.floor((Number(last) - Number(from)) / Math.max(1, Number(step))) + 1;
    return sum + (Number.isFinite(size) ? size : all);
  }, 0);
}

const OFTEN =
  /\b(minute|second|hour|continu|real ?-?time|constantly|always|frequent|as soon as|permanent|minuten?|sekunde|stund|standig|laufend|heures?|minuto|segundo|horas?|ora|ore|uur|godzin)|час|минут|小时|分钟|時間|分ごと|시간|분마다/u;
const TIMES =
  /\b(\d+|two|three|four|five|six|eight|ten|twelve|several|many|mehr|plusieurs|varias)[ -]?(times|mal|fois|veces|volte)\b/u;
const DAYS =
  /\b(days?|daily|mornings?|noon|afternoons?|evenings?|nights?|nightly|midnight|weekdays?|weekends?|tags?|taglich\w*|morgens?|abends?|nachts?|werktags?|jours?|quotidien\w*|matins?|soirs?|nuits?|dias?|diari\w*|mananas?|noches?|giorn\w*|mattina|dagelijks|dag)\b|день|дня|ежедневно|утро|天|日|朝|晩|매일|아침/u;
const LONGER =
  /\b(week|weeks|weekly|months?|monthly|quarters?|quarterly|years?|yearly|annual\w*|(mon|tues|wednes|thurs|fri|satur|sun)days?|woche|wochentlich\w*|monat\w*|(mon|diens|donners|frei|sams|sonn)tags?|mittwochs?|semaines?|hebdo\w*|mois|mensuel\w*|(lun|mar|mercre|jeu|vendre|same)dis?|dimanches?|semanas?|semanal\w*|mes|mensual\w*|lunes|settiman\w*|mese|lunedi|wekelijks)\b|недел|месяц|周|月|週|매주|매월/u;

/** Whether a schedule runs far more often than the words, which ask for it to be repeated, say. */
export function isTooOften(cron: string, { prose }: Words): string | undefined {
  const runs = runsADay(cron);
  if (runs !== undefined && runs > 4 && !OFTEN.test(prose) && !TIMES.test(prose))
    return `it would run about ${Math.round(runs).toLocaleString('en')} times a day, and the words ask for nothing that often`;
  const [, , day = '*', month = '*', weekday = '*'] = cron.trim().split(/\s+/);
  const daily =
    !cron.startsWith('@') && [day, month, weekday].every((field) => field === '*' || field === '?');
  return (daily || cron === '@daily') && LONGER.test(prose) && !DAYS.test(prose) && !OFTEN.test(prose)
    ? 'it would run every day, and the words ask for it less often'
    : undefined;
}
