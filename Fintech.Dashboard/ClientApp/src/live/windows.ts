import { type WindowKey, windows } from '../contract';

const standard: WindowKey = '5m';

/** The window named in an address such as /?window=1h; five minutes where none, or an unknown one, is named. */
export function windowOf(search: string): WindowKey {
  const named = new URLSearchParams(search).get('window');
  return windows.find((key) => key === named) ?? standard;
}

/** The address that shows this window, other parameters kept; the standard window needs no mention. */
export function addressOf(window: WindowKey, href: string): string {
  const url = new URL(href);
  if (window === standard) url.searchParams.delete('window');
  else url.searchParams.set('window', window);
  return url.href;
}

interface WindowWords {
  readonly short: string;
  readonly long: string;
  /** Ends "No transactions …". */
  readonly none: string;
  /** What a change is measured against: "vs 5 min before". */
  readonly before: string;
}

export const windowWords: Readonly<Record<WindowKey, WindowWords>> = {
  '1m': { short: '1 min', long: 'last minute', none: 'in the last minute', before: 'minute' },
  '5m': { short: '5 min', long: 'last 5 minutes', none: 'in the last 5 minutes', before: '5 min' },
  '1h': { short: '1 h', long: 'last hour', none: 'in the last hour', before: 'hour' },
  today: { short: 'Today', long: 'today', none: 'today', before: 'day' },
  all: { short: 'All', long: 'all time', none: 'yet', before: 'time' },
};
