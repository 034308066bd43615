import type { Severity } from '../contract';

/** What a viewer chose, kept in his browser. */
export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  /** Off until chosen. */
  readonly sound: boolean;
  readonly soundFrom: Severity;
  /** Off until chosen. */
  readonly notify: boolean;
  readonly notifyFrom: Severity;
  /** A BCP 47 tag such as "de-DE"; null: as the browser has it. */
  readonly locale: string | null;
  readonly utc: boolean;
  readonly currencyAs: 'symbol' | 'code';
  /** Keys of one letter can get in the way of speech input (WCAG 2.1.4). */
  readonly keys: boolean;
}

const place = 'fintech.preferences';

export const severities: readonly Severity[] = ['low', 'medium', 'high', 'critical'];

export const defaults: Preferences = {
  theme: 'system',
  sound: false,
  soundFrom: 'high',
  notify: false,
  notifyFrom: 'critical',
  locale: null,
  utc: false,
  currencyAs: 'symbol',
  keys: true,
};

const allowed: { readonly [K in keyof Preferences]: (value: unknown) => boolean } = {
  theme: (value) => value === 'system' || value === 'light' || value === 'dark',
  sound: (value) => typeof value === 'boolean',
  soundFrom: (value) => severities.includes(value as Severity),
  notify: (value) => typeof value === 'boolean',
  notifyFrom: (value) => severities.includes(value as Severity),
  locale: (value) => value === null || (typeof value === 'string' && isLocale(value)),
  utc: (value) => typeof value === 'boolean',
  currencyAs: (value) => value === 'symbol' || value === 'code',
  keys: (value) => typeof value === 'boolean',
};

/** Each preference by itself: one that is garbage, or of another version, does not take the others with it. */
export function parse(text: string | null): Preferences {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? '{}');
  } catch {
    return defaults; // Somebody else's text under our name: as if nothing had been chosen.
  }
  if (typeof kept !== 'object' || kept === null) return defaults;
  const known = Object.entries(kept).filter(([name, value]) => Object.hasOwn(allowed, name) && allowed[name as keyof Preferences](value));
  return { ...defaults, ...Object.fromEntries(known) };
}

export function isLocale(tag: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false; // A RangeError is the answer for what has not the shape of a tag.
  }
}

let current = parse(read());
const listeners: ((now: Preferences) => void)[] = [];

export const preferences = (): Preferences => current;

/** Returns false where they could not be kept: they then hold until the page is left. */
export function prefer(changes: Partial<Preferences>): boolean {
  current = { ...current, ...changes };
  const kept = write(JSON.stringify(current));
  for (const listener of listeners) listener(current);
  return kept;
}

export function onPreferences(listener: (now: Preferences) => void): void {
  listeners.push(listener);
}

// Another tab of the same viewer chose.
if (typeof window !== 'undefined')
  addEventListener('storage', (event) => {
    if (event.key !== place) return;
    current = parse(event.newValue);
    for (const listener of listeners) listener(current);
  });

// Where storage is refused (private mode, a policy) reading and writing throw, and so may its mere mention.
function read(): string | null {
  try {
    return localStorage.getItem(place);
  } catch {
    return null;
  }
}

function write(text: string): boolean {
  try {
    localStorage.setItem(place, text);
    return true;
  } catch {
    return false;
  }
}
