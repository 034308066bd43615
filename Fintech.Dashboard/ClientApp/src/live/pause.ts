import type { LiveFrame } from '../contract';

/** What passed by while the page was held. */
export interface Missed {
  readonly transactions: number;
  readonly alerts: number;
  /** False once the lists, which hold the newest of a sample, plainly missed some: then the rate says how many it were. */
  readonly exact: boolean;
}

/**
 * Counts what arrives during a pause by the ids that were not in the lists before. Figures of a sliding window cannot be
 * subtracted from each other: they also lose what slides out.
 */
export class MissedCounter {
  readonly #seen: Set<string>;
  readonly #seenAlerts: Set<string>;
  #at: number;
  #listed = 0;
  #byRate = 0;
  #missed: Missed = { transactions: 0, alerts: 0, exact: true };

  constructor(frame: LiveFrame) {
    this.#seen = new Set(frame.latest.map((item) => item.id));
    this.#seenAlerts = new Set(frame.alerts.map((item) => item.id));
    this.#at = Date.parse(frame.at);
  }

  get missed(): Missed {
    return this.#missed;
  }

  observe(frame: LiveFrame): void {
    const at = Date.parse(frame.at);
    this.#listed += addNew(this.#seen, frame.latest);
    this.#byRate += (frame.kpis.ratePerSecond * Math.max(0, at - this.#at)) / 1_000;
    const exact = this.#byRate <= this.#listed * 1.25 + 20;

    this.#missed = {
      transactions: exact ? this.#listed : Math.round(this.#byRate),
      alerts: this.#missed.alerts + addNew(this.#seenAlerts, frame.alerts),
      exact,
    };
    this.#at = at;
  }
}

/** Replaces what was seen by what is listed now, so that the set stays as small as the list. */
function addNew(seen: Set<string>, items: readonly { id: string }[]): number {
  const fresh = items.filter((item) => !seen.has(item.id)).length;
  seen.clear();
  for (const item of items) seen.add(item.id);
  return fresh;
}
