import type { SeriesPoint } from '../contract';
import { span } from './points';

export interface Sample {
  readonly at: number;
  readonly value: number;
}

/** Transactions per second over the last five minutes, one sample a second. */
export class RateSeries {
  #samples: Sample[] = [];

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  replace(series: readonly SeriesPoint[]): void {
    this.#samples = series.map(({ at, value }) => ({ at: Date.parse(at), value }));
  }

  append(at: number, value: number): void {
    const last = this.#samples.at(-1);
    if (last && at - last.at < 1_000) return;
    this.#samples.push({ at, value });
    while (this.#samples.length > 0 && this.#samples[0]!.at <= at - span) this.#samples.shift();
  }
}
