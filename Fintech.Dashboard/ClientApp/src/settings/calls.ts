import type { AlertItem, Severity } from '../contract';
import { integer, money } from '../format/number';
import { type Preferences, preferences, severities } from './preferences';
import { play } from './sound';

/** At most one sound and one notification in this time, however many alerts come. */
const pause = 15_000;

export interface Means {
  readonly preferences: () => Preferences;
  readonly play: (severity: Severity) => unknown;
  readonly notify: (title: string, text: string) => void;
  /** Somebody looks at the page: a notification would only say what he sees. */
  readonly watched: () => boolean;
  readonly after: (milliseconds: number, run: () => void) => void;
}

const browser: Means = {
  preferences,
  play,
  notify: showNotification,
  watched: () => document.visibilityState === 'visible',
  after: (milliseconds, run) => setTimeout(run, milliseconds),
};

/** Sound and notification for new alerts, as the viewer chose. What comes during the pause is told together at its end. */
export class Calls {
  readonly #means: Means;
  readonly #unheard: AlertItem[] = [];
  readonly #unseen: AlertItem[] = [];
  #quiet = false;

  constructor(means: Means = browser) {
    this.#means = means;
  }

  raise(alerts: readonly AlertItem[]): void {
    const { sound, soundFrom, notify, notifyFrom } = this.#means.preferences();
    if (sound) this.#unheard.push(...alerts.filter(atLeast(soundFrom)));
    if (notify && !this.#means.watched()) this.#unseen.push(...alerts.filter(atLeast(notifyFrom)));
    if (!this.#quiet) this.#call();
  }

  #call(): void {
    const unheard = this.#unheard.splice(0);
    const unseen = this.#unseen.splice(0);
    if (unheard.length === 0 && unseen.length === 0) return;
    if (unheard.length > 0) this.#means.play(worst(unheard));
    if (unseen.length > 0 && !this.#means.watched()) this.#means.notify(...words(unseen));
    this.#quiet = true;
    this.#means.after(pause, () => {
      this.#quiet = false;
      this.#call();
    });
  }
}

const rank = (severity: Severity): number => severities.indexOf(severity);
const atLeast = (least: Severity) => (alert: AlertItem) => rank(alert.severity) >= rank(least);
const worst = (alerts: readonly AlertItem[]): Severity => severities[Math.max(...alerts.map(({ severity }) => rank(severity)))]!;

/** "Critical alert: $4,500.00" with where; or, of several, how many. */
export function words(alerts: readonly AlertItem[]): [title: string, text: string] {
  const first = alerts[0]!;
  const severity = worst(alerts);
  const name = severity[0]!.toUpperCase() + severity.slice(1);
  return alerts.length === 1
    ? [`${name} alert: ${money(first.amount, first.currency)}`, `${first.merchant}, score ${first.score}`]
    : [`${integer(alerts.length)} new alerts`, `The most serious is ${severity}.`];
}

/** Takes the place of the one before, so that a night leaves one behind and not a hundred. */
export function showNotification(title: string, text: string): void {
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
  const shown = new Notification(title, { body: text, tag: 'fintech-alerts', icon: '/favicon.svg' });
  shown.addEventListener('click', () => {
    window.focus();
    shown.close();
  });
}
