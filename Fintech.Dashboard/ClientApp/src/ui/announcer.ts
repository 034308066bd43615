import type { AlertItem } from '../contract';
import { money } from '../format/number';
import { byId, setText } from './dom';

const pauseBetweenAlarms = 5_000;

/**
 * Speaks to screen readers, sparingly: a change of state politely, a serious new alert at once, and a burst of alerts as
 * one sentence. Figures that change all the time are not announced.
 */
export class Announcer {
  readonly #polite = byId('status');
  readonly #urgent = byId('alarm');
  readonly #waiting: AlertItem[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  say(sentence: string): void {
    setText(this.#polite, sentence);
  }

  alarm(alerts: readonly AlertItem[]): void {
    this.#waiting.push(...alerts.filter((alert) => alert.severity === 'high' || alert.severity === 'critical'));
    if (this.#waiting.length === 0 || this.#timer) return;
    this.#speak();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.alarm([]);
    }, pauseBetweenAlarms);
  }

  #speak(): void {
    const alerts = this.#waiting.splice(0);
    const first = alerts[0]!;
    setText(
      this.#urgent,
      alerts.length === 1
        ? `New ${first.severity} alert: ${money(first.amount, first.currency)} at ${first.merchant}.`
        : `${alerts.length} new alerts of high or critical severity.`,
    );
  }
}
