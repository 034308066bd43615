import type { Point } from '../live/points';
import type { Sample } from '../live/rate';

/** A minute of the chart in figures. */
export interface MinuteRow {
  readonly start: number;
  readonly shown: number;
  readonly lowest: number;
  readonly median: number;
  readonly highest: number;
  readonly alerts: number;
  /** Transactions per second, null where it was not measured. */
  readonly rate: number | null;
}

/** What the chart shows, minute by minute, newest first. */
export function byMinute(points: readonly Point[], rate: readonly Sample[]): MinuteRow[] {
  const minutes = grouped(points);
  const rates = grouped(rate);

  return [...minutes]
    .sort(([a], [b]) => b - a)
    .map(([start, shown]) => {
      const amounts = shown.map((point) => point.amount).sort((a, b) => a - b);
      const middle = Math.floor(amounts.length / 2);
      const samples = rates.get(start);
      return {
        start,
        shown: shown.length,
        lowest: amounts[0]!,
        median: amounts.length % 2 === 1 ? amounts[middle]! : (amounts[middle - 1]! + amounts[middle]!) / 2,
        highest: amounts.at(-1)!,
        alerts: shown.filter((point) => point.alert).length,
        rate: samples ? samples.reduce((sum, sample) => sum + sample.value, 0) / samples.length : null,
      };
    });
}

function grouped<T extends { readonly at: number }>(items: readonly T[]): Map<number, T[]> {
  const minutes = new Map<number, T[]>();
  for (const item of items) {
    const start = Math.floor(item.at / 60_000) * 60_000;
    const minute = minutes.get(start);
    if (minute) minute.push(item);
    else minutes.set(start, [item]);
  }
  return minutes;
}
