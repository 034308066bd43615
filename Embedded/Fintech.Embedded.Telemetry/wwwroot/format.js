const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' });
const clockShort = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const threeDigits = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const exactly = new Intl.NumberFormat(undefined, { maximumFractionDigits: 9 });

/** The viewer's zone, as short as it is called: "UTC", "GMT+2". */
export const zone = new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts(0).find((part) => part.type === 'timeZoneName').value;

export const time = (milliseconds) => clock.format(milliseconds);
export const timeShort = (milliseconds) => clockShort.format(milliseconds);
export const moment = (milliseconds) => full.format(milliseconds);
export const count = (number) => whole.format(number);
export const exact = (number) => exactly.format(number);

/** "640 µs", "12.4 ms", "1.24 s", "2 min 3 s". */
export function duration(milliseconds) {
  if (milliseconds === 0) return '0';
  if (milliseconds < 0) return `−${duration(-milliseconds)}`;
  if (milliseconds < 0.9995) return `${threeDigits.format(milliseconds * 1000)} µs`;
  if (milliseconds < 999.5) return `${threeDigits.format(milliseconds)} ms`;
  if (milliseconds < 59_995) return `${threeDigits.format(milliseconds / 1000)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${whole.format(Math.floor(seconds / 3600))} h ${Math.floor(seconds / 60) % 60} min`;
}

const many = (word) => (word.endsWith('s') ? word : word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`);

/** "3 spans", "1 span", "2 entries". */
export const plural = (number, word) => `${count(number)} ${number === 1 ? word : many(word)}`;

/** How long ago something young was; nothing for what is current. */
export function age(milliseconds) {
  const seconds = (Date.now() - milliseconds) / 1000;
  if (seconds < 90) return '';
  return seconds < 5400 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}

/** A metric's number in its unit (UCUM): seconds and bytes in the step that reads best, the rest with three digits. */
export function measure(value, unit) {
  if (value === null || value === undefined) return '–';
  if (unit === 's') return duration(value * 1000);
  if (unit === 'ms') return duration(value);
  if (unit === 'By') return bytes(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return whole.format(value);
  return Math.abs(value) >= 1000 ? whole.format(value) : threeDigits.format(value);
}

function bytes(value) {
  const steps = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(steps.length - 1, Math.max(0, Math.floor(Math.log2(Math.abs(value) || 1) / 10)));
  return `${threeDigits.format(value / 1024 ** step)} ${steps[step]}`;
}

/** UCUM as it is said: "{request}" is "requests", "s" needs no mention since durations carry their own. */
export function unitWords(unit) {
  if (['', '1', 's', 'ms', 'By'].includes(unit)) return '';
  return unit.startsWith('{') && unit.endsWith('}') ? many(unit.slice(1, -1)) : unit;
}

const levels = ['', 'trace', 'debug', 'info', 'warn', 'error', 'critical'];

/** Severity 1 to 24 in steps of four, as the protocol counts. */
export const level = (severity) => levels[Math.ceil(severity / 4)] ?? '';
