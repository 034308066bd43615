/** What part of the history is shown. It lives in the address, so that a view can be sent to somebody. */
export interface Query {
  /** 2026-01-31, or a moment; included. Null: from the beginning. */
  readonly from: string | null;
  /** Excluded. Null: to the end. */
  readonly to: string | null;
  readonly currency: string | null;
  readonly category: string | null;
  readonly merchant: string | null;
  /** ISO: 1 = Monday; with `hour` a cell of the heat map, UTC. */
  readonly weekday: number | null;
  readonly hour: number | null;
}

export const everything: Query = { from: null, to: null, currency: null, category: null, merchant: null, weekday: null, hour: null };

const names = ['from', 'to', 'currency', 'category', 'merchant', 'weekday', 'hour'] as const;
export const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** What the address says; what it cannot mean is left out, the rest counts. */
export function queryOf(search: string): Query {
  const values = new URLSearchParams(search);
  const number = (name: string, least: number, most: number): number | null => {
    const text = values.get(name);
    const value = text && /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : null;
  };
  const moment = (name: string): string | null => {
    const text = values.get(name);
    return text && /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text)) ? text : null;
  };
  const currency = values.get('currency');
  const weekday = number('weekday', 1, 7);
  const hour = number('hour', 0, 23);
  return {
    from: moment('from'),
    to: moment('to'),
    currency: currency && /^[A-Z]{3}$/.test(currency) ? currency : null,
    category: values.get('category'),
    merchant: values.get('merchant'),
    weekday: hour === null ? null : weekday,
    hour: weekday === null ? null : hour,
  };
}

/** `?from=…`, or nothing. Also what the server is asked, with a currency in place. */
export function searchOf(query: Query): string {
  const values = new URLSearchParams();
  for (const name of names) {
    const value = query[name];
    if (value !== null) values.set(name, String(value));
  }
  const text = values.toString();
  return text === '' ? '' : `?${text}`;
}

export interface Preset {
  readonly name: string;
  /** First day, and the first that is not in it any more, in UTC; null where it has no bound. */
  readonly bounds: (now: Date) => readonly [from: string | null, to: string | null];
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
const month = (now: Date, by: number): string => day(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + by, 1));
const today = (now: Date, by: number): string => day(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + by));

/** Whole months rather than "30 days": months compare with each other, and they are what is rolled up. */
export const presets: readonly Preset[] = [
  { name: 'Today', bounds: (now) => [today(now, 0), today(now, 1)] },
  { name: '7 days', bounds: (now) => [today(now, -6), today(now, 1)] },
  { name: 'This month', bounds: (now) => [month(now, 0), month(now, 1)] },
  { name: 'Last month', bounds: (now) => [month(now, -1), month(now, 0)] },
  { name: '3 months', bounds: (now) => [month(now, -2), month(now, 1)] },
  { name: '12 months', bounds: (now) => [month(now, -11), month(now, 1)] },
  { name: 'Everything', bounds: () => [null, null] },
];

/** The preset whose period this is. */
export const presetOf = (query: Query, now: Date): Preset | undefined =>
  presets.find(({ bounds }) => {
    const [from, to] = bounds(now);
    return from === query.from && to === query.to;
  });

/** The day after, as the end of a period that contains it: 2026-01-31 → 2026-02-01. */
export const dayAfter = (from: string): string => day(Date.parse(from) + 86_400_000);

/** An hour later: 2026-01-31T10:00:00Z → 2026-01-31T11:00:00Z. */
export const hourAfter = (from: string): string => new Date(Date.parse(from) + 3_600_000).toISOString().replace('.000Z', 'Z');

export interface Crumb {
  readonly label: string;
  readonly without: Query;
}

/** What can be left again, in the order in which it narrows. */
export function crumbsOf(query: Query): readonly Crumb[] {
  const crumbs: Crumb[] = [];
  if (query.category !== null) crumbs.push({ label: `Category: ${query.category}`, without: { ...query, category: null } });
  if (query.merchant !== null) crumbs.push({ label: `Merchant: ${query.merchant || 'none named'}`, without: { ...query, merchant: null } });
  if (query.weekday !== null && query.hour !== null)
    crumbs.push({ label: `${days[query.weekday - 1]}s ${hourName(query.hour)} UTC`, without: { ...query, weekday: null, hour: null } });
  return crumbs;
}

/** 9 → 09:00–10:00 */
export const hourName = (hour: number): string => `${String(hour).padStart(2, '0')}:00–${String(hour + 1).padStart(2, '0')}:00`;
