import type { View } from '../live/view';

/**
 * Ends of the log axis, whole powers of ten. Ordinary amounts lie between 1 and 10,000: the axis starts there and only
 * grows, since one that jumps with every frame cannot be read.
 */
export function extent(points: readonly { readonly amount: number }[], threshold: number | null): [low: number, high: number] {
  let low = 1;
  let high = 10_000;
  for (const { amount } of points) {
    while (amount > high) high *= 10;
    while (amount < low && low > 0.01) low /= 10;
  }
  while (threshold !== null && threshold >= high) high *= 10;
  return [low, high];
}

/** The currencies of what is drawn, that of most first. Where there are several, the numbers of the axis stand without a sign. */
export function currenciesOf({ points, frame }: Pick<View, 'points' | 'frame'>): string[] {
  const counts = new Map<string, number>();
  for (const { currency } of points) counts.set(currency, (counts.get(currency) ?? 0) + 1);
  const drawn = [...counts].sort(([, a], [, b]) => b - a).map(([currency]) => currency);
  return drawn.length > 0 ? drawn : frame.kpis.value.slice(0, 1).map(({ currency }) => currency);
}

/** Amounts of several currencies lie on one axis by their numbers: so it is said which. */
export function scopeWords(currencies: readonly string[]): string {
  const [first, ...others] = currencies;
  if (first === undefined) return 'last 5 minutes';
  return others.length === 0 ? `last 5 minutes, ${first}` : `last 5 minutes, ${others.length === 1 ? `${first} and ${others[0]}` : `${currencies.length} currencies`}`;
}
