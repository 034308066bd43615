import './history.css';
import { integer, total } from '../format/number';
import { utcMoment } from '../format/time';
import { pushAddress } from '../shell/address';
import { ApiError, getJson } from '../shell/api';
import type { Page, PageModule } from '../shell/page';
import type { Announcer } from '../ui/announcer';
import { h } from '../ui/dom';
import { activity } from './activity';
import { Card, type Chart } from './card';
import { alerts, amounts, bars, heat, heatNote, trend, trendNote } from './drawings';
import { HistoryHeader } from './header';
import { crumbsOf, dayAfter, hourAfter, type Query, queryOf, searchOf } from './query';
import { records, type Table } from './table';

const refreshEvery = 60_000;

/** What happened, by the time at which it happened: eight charts of one period, each of which narrows all of them. */
class HistoryPage implements Page {
  readonly #announcer: Announcer;
  readonly #header = new HistoryHeader((query) => this.#go(query));
  readonly #charts: readonly Chart[];
  readonly #cards: readonly Card[];
  readonly #grid = h('div', { class: 'history-grid' });
  readonly #note = h('p', { class: 'empty history-note', role: 'status' });
  #query: Query = queryOf('');
  #asked: AbortController | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(root: HTMLElement, announcer: Announcer) {
    this.#announcer = announcer;
    const narrow = (part: Partial<Query>) => () => this.#go({ ...this.#query, ...part });
    this.#charts = [
      {
        name: 'trend', title: 'Revenue over time', wide: true, scope: (currency) => `Revenue in ${currency}, UTC`, draw: trend, note: trendNote,
        pick: ({ at }) => {
          const from = String(at);
          const isHour = from.length > 10;
          // An hour is as far as it goes.
          return isHour && this.#query.from === from ? null : narrow({ from, to: isHour ? hourAfter(from) : dayAfter(from) });
        },
      },
      {
        name: 'categories', title: 'Revenue by category', scope: (currency) => `Purchases less refunds, ${currency}`,
        draw: (table, currency) => bars(table, 'category', currency, 'category'), pick: ({ category }) => narrow({ category: String(category) }),
      },
      {
        name: 'hours', title: 'Activity by weekday and hour', scope: () => 'Transactions an hour on average, all currencies, UTC', draw: heat, note: heatNote,
        pick: ({ weekday, hour }) => narrow({ weekday: Number(weekday), hour: Number(hour) }),
      },
      { name: 'amounts', title: 'Amounts of purchases', scope: (currency) => `Purchases by amount in ${currency}, logarithmic`, draw: amounts, drawn: ({ part }) => part === 'bin' },
      {
        name: 'merchants', title: 'Top merchants', scope: (currency) => `By revenue, ${currency}`,
        draw: (table, currency) => bars(table, 'merchant', currency, 'category'), pick: ({ merchant }) => narrow({ merchant: String(merchant) }),
      },
      { name: 'customers', title: 'Top customers', scope: (currency) => `By revenue, ${currency}, under pseudonyms`, draw: (table, currency) => bars(table, 'customer', currency, null) },
      {
        name: 'alerts', title: 'What became of alerts', scope: (currency) => `Alerts in ${currency} by the day of the transaction, UTC; rules are in the table`, draw: alerts, drawn: ({ by }) => by === 'day',
        pick: ({ by, name }) => (by === 'day' ? narrow({ from: String(name), to: dayAfter(String(name)) }) : null),
        legend: [{ text: 'confirmed as fraud', token: 'is-alert' }, { text: 'dismissed', token: 'is-quiet' }, { text: 'open', token: 'is-warn' }],
      },
    ];
    this.#cards = this.#charts.map((chart) => new Card(chart, () => void this.#load()));
    this.#grid.append(...this.#cards.map(({ element }) => element));
    root.append(this.#header.element, this.#note, this.#grid);
  }

  readonly keys = {
    v: () => {
      const tables = !this.#cards.every((card) => card.asTable);
      for (const card of this.#cards) card.showAs(tables);
      this.#announcer.say(tables ? 'Tables.' : 'Charts.');
    },
    Escape: () => {
      const last = crumbsOf(this.#query).at(-1);
      if (last) this.#go(last.without);
    },
  };

  show(): void {
    this.#query = queryOf(location.search);
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.#load(), refreshEvery);
    void this.#load();
  }

  hide(): void {
    clearInterval(this.#timer);
    this.#asked?.abort();
  }

  #go(query: Query): void {
    this.#query = query;
    pushAddress(`/history${searchOf(query)}`);
    void this.#load();
  }

  /** The totals first, for they say which currencies there are; then the charts, each as soon as it is there. */
  async #load(): Promise<void> {
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    for (const card of this.#cards) card.wait();
    try {
      const query = this.#query;
      const totals = records(await getJson<Table>(`/api/history/totals${searchOf({ ...query, currency: null })}`, asked.signal));
      const currencies = totals.map((row) => String(row['currency']));
      const currency = query.currency !== null && (currencies.length === 0 || currencies.includes(query.currency)) ? query.currency : currencies[0];
      const mine = totals.find((row) => row['currency'] === currency);
      this.#header.render(query, currency ?? null, currencies, mine && currency ? `${summary(mine, currency)}; ${activity(mine)}` : '');
      this.#note.textContent = mine ? '' : 'No transactions in this period. Choose another one, or leave what it was narrowed to.';
      this.#note.hidden = mine !== undefined;
      this.#grid.hidden = mine === undefined;
      if (!mine || !currency) {
        for (const card of this.#cards) card.rest();
        return;
      }

      const search = searchOf({ ...query, currency });
      await Promise.all(
        this.#charts.map(async ({ name }, index) => {
          const card = this.#cards[index]!;
          try {
            const table = await getJson<Table>(`/api/history/${name}${search}`, asked.signal);
            if (!asked.signal.aborted) card.show(table, currency, `/api/history/${name}.csv${search}`);
          } catch (error) {
            if (!asked.signal.aborted) card.fail(error);
          }
        }),
      );
    } catch (error) {
      if (asked.signal.aborted) return;
      this.#header.render(this.#query, null, [], '');
      for (const card of this.#cards) card.fail(error);
      this.#note.hidden = false;
      this.#note.textContent = error instanceof ApiError ? error.message : 'The history could not be shown.';
    }
  }
}

function summary(row: Readonly<Record<string, unknown>>, currency: string): string {
  const from = Date.parse(String(row['first_hour']));
  const until = Date.parse(String(row['last_hour'])) + 3_600_000;
  return `${integer(Number(row['transactions']))} transactions, revenue ${total(Number(row['revenue']), currency)}, from ${utcMoment(from)} to ${utcMoment(until)} UTC`;
}

export const create: PageModule['create'] = (root, shell): Page => new HistoryPage(root, shell.announcer);
