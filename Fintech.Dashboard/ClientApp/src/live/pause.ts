import type { LiveFrame } from '../contract';

/** What passed by while the page was held. */
export interface Missed {
  readonly transactions: number;
  readonly alerts: number;
  /** False once more passed between two frames than the lists hold: then the count is a lower bound filled up by the rate. */
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
    let transactions = addNew(this.#seen, frame.latest);
    const overflow = transactions > 0 && transactions === frame.latest.length && transactions >= 20;
    if (overflow) transactions = Math.max(transactions, Math.round((frame.kpis.ratePerSecond * (at - this.#at)) / 1_000));

    this.#missed = {
      transactions: this.#missed.transactions + transactions,
      alerts: this.#missed.alerts + addNew(this.#seenAlerts, frame.alerts),
      exact: this.#missed.exact && !overflow,
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
