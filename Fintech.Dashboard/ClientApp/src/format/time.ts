import { preferences } from '../settings/preferences';
import { locale, tenth } from './number';

/** For whoever makes a formatter of his own: the zone the viewer chose, and so never another than the one that is shown. */
export const timeZone: string | undefined = preferences().utc ? 'UTC' : undefined;

// Times in the viewer's zone; clocks run 0 to 23 everywhere, so that a column of them lines up and none needs "PM".
const clocks = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const minutes = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const instants = new Intl.DateTimeFormat(locale, {
  timeZone,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
});
const days = new Intl.DateTimeFormat(locale, { timeZone, month: 'short', day: 'numeric' });
const moments = new Intl.DateTimeFormat(locale, {
  timeZone,
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});

/** 14:03:12 */
export const clock = (at: number): string => clocks.format(at);

/** 14:03 */
export const minute = (at: number): string => minutes.format(at);

/** 14:03:12.123 */
export const instant = (at: number): string => instants.format(at);

/** Jan 1, 2026, 14:03:12 GMT+1 */
export const moment = (at: number): string => moments.format(at);

// What is counted by days and hours of UTC is told in them, whatever the viewer's zone.
const utcDays = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', month: 'short', day: 'numeric' });
const utcDates = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', year: 'numeric', month: 'short', day: 'numeric' });
const utcMinutes = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const utcMoments = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** Jan 31 */
export const utcDay = (at: number): string => utcDays.format(at);

/** Jan 31, 2026 */
export const utcDate = (at: number): string => utcDates.format(at);

/** 14:00 */
export const utcMinute = (at: number): string => utcMinutes.format(at);

/** Jan 31, 2026, 14:00 */
export const utcMoment = (at: number): string => utcMoments.format(at);

/** The viewer's zone with what it means now: "Europe/Berlin (GMT+2)", "UTC". */
export function zone(at: number = Date.now()): string {
  const name = moments.resolvedOptions().timeZone;
  const short = moments.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value;
  return short && short !== name ? `${name} (${short})` : name;
}

/** 0.3 s, 12 s, 4 min, 3 h, 2 d */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1_000;
  if (seconds < 9.95) return `${tenth(seconds)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** An age in whole seconds while it is young, then the clock, then the day: "12 s", "4 min", "14:03", "Jan 1". */
export function ageOrClock(at: number, now: number): string {
  const elapsed = now - at;
  if (elapsed < 10_000) return `${Math.max(0, Math.floor(elapsed / 1_000))} s`;
  if (elapsed < 3_600_000) return age(elapsed);
  return elapsed < 20 * 3_600_000 ? minute(at) : days.format(at);
}

/** Between two stages: "217 ms", "1.2 s". */
export const duration = (milliseconds: number): string =>
  Math.abs(milliseconds) < 1_000 ? `${Math.round(milliseconds)} ms` : `${milliseconds < 0 ? '−' : ''}${age(Math.abs(milliseconds))}`;
