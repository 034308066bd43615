import type { Figure, Money, WindowKey } from '../contract';
import { count, integer, loneTotal, money, percent, tenth } from '../format/number';
import type { View } from '../live/view';
import { windowWords } from '../live/windows';
import { byId, h, setData, setText, setTitle } from '../ui/dom';
import { countDelta, type Delta, relativeDelta, shareDelta } from './delta';
import { Sparkline } from './sparkline';

const arrows = { up: '▲', down: '▼', same: '=' } as const;
const none = '–';
const changeText = ({ direction, text }: Delta): string => `${arrows[direction]} ${text}`;

/** One figure: a label, the number, and a line beneath it that is always there, so that nothing moves when it fills. */
class Card {
  readonly foot = h('div', { class: 'kpi-foot' });
  readonly line: Sparkline;
  readonly #figure = h('div', { class: 'kpi-figure', text: none });
  readonly #root: HTMLElement;

  constructor(parent: HTMLElement, name: string, label: string) {
    this.line = new Sparkline(label);
    this.#root = h(
      'div',
      { class: 'card kpi', testid: `kpi-${name}` },
      h('div', { class: 'kpi-head' }, h('h2', { class: 'kpi-label', text: label }), this.line.element),
      this.#figure,
      this.foot,
    );
    parent.append(this.#root);
  }

  /** In characters of the figure; the unit is half as large, and stands apart. */
  get width(): number {
    const unit = this.#figure.children[0]?.textContent ?? '';
    return this.#figure.textContent.length - unit.length + (unit === '' ? 0 : 0.6 + unit.length / 2);
  }

  /** The shown form may be shortened; the exact one is in the title, and `raw` in data-value. */
  show(text: string, exact: string, raw: number | null, unit = ''): void {
    if (setFigure(this.#figure, text, unit)) setTitle(this.#figure, exact);
    if (raw === null) delete this.#root.dataset['value'];
    else setData(this.#root, 'value', String(raw));
  }

  note(text: string, title = ''): void {
    setText(this.foot, text);
    setTitle(this.foot, title);
  }

  change(delta: Delta | null, window: WindowKey): void {
    if (!delta) {
      this.note(windowWords[window].long);
      return;
    }

    if (delta.complete) {
      this.note(changeText(delta));
      return;
    }

    const { before } = windowWords[window];
    const text = `${changeText(delta)} vs `;
    setTitle(this.foot, '');
    if (this.foot.textContent === `${text}${before} before`) return;
    this.foot.replaceChildren(text, h('span', { class: 'kpi-before', text: `${before} ` }), 'before');
  }

  /** A figure of everything must not be taken for one of the filter. */
  unknown(why: string): void {
    this.show(none, why, null);
    this.note('not known by filter', why);
    this.line.clear();
    this.mark('');
  }

  mark(state: string): void {
    setData(this.#root, 'mark', state);
  }
}

function setFigure(figure: HTMLElement, text: string, unit: string): boolean {
  const whole = text + unit;
  if (figure.textContent === whole) return false;
  figure.replaceChildren(text, ...(unit ? [h('span', { class: 'kpi-unit', text: unit })] : []));
  return true;
}

export class KpiCards {
  readonly #parent = byId('kpis');
  readonly #transactions = new Card(this.#parent, 'transactions', 'Transactions');
  readonly #value = new Card(this.#parent, 'value', 'Value');
  readonly #alerts = new Card(this.#parent, 'alerts', 'Alerts');
  readonly #alertRate = new Card(this.#parent, 'alert-rate', 'Alert rate');
  readonly #rate = new Card(this.#parent, 'rate', 'Rate');
  readonly #latency = new Card(this.#parent, 'latency', 'Latency p99');
  #widest = 0;

  render(view: View): void {
    const unknown = new Set<Figure>(view.frame.scope?.unknown);
    const why = view.frame.scope?.note ?? 'It is not counted by filter';
    for (const [figure, card, draw] of this.#figures)
      if (unknown.has(figure)) card.unknown(why);
      else draw(view, card);
    this.#makeRoom(Math.max(...this.#figures.map(([, card]) => card.width)));
  }

  /** All figures shrink together where one is too long for its card: six sizes in a row would look like six weights. */
  #makeRoom(widest: number): void {
    if (widest === this.#widest) return;
    this.#widest = widest;
    this.#parent.style.setProperty('--figure-chars', String(widest));
  }

  readonly #figures: readonly (readonly [Figure, Card, (view: View, card: Card) => void])[] = [
    ['transactions', this.#transactions, (view) => this.#showTransactions(view)],
    ['value', this.#value, (view) => this.#showValue(view)],
    ['alerts', this.#alerts, (view) => this.#showAlerts(view)],
    ['alertRate', this.#alertRate, (view) => this.#showAlertRate(view)],
    ['rate', this.#rate, (view) => this.#showRate(view)],
    ['latency', this.#latency, (view) => this.#showLatency(view)],
  ];

  #showTransactions({ frame: { kpis, previous, window, scope, trend } }: View): void {
    const exact = `${integer(kpis.transactions)}${scope?.estimated ? ', estimated from whole minutes' : ''}`;
    this.#transactions.show(count(kpis.transactions), exact, kpis.transactions);
    this.#transactions.change(previous && relativeDelta(kpis.transactions, previous.transactions), window);
    this.#transactions.line.trend(trend, trend?.transactions);
  }

  #showAlerts({ frame: { kpis, previous, window, trend } }: View): void {
    this.#alerts.show(count(kpis.alerts), integer(kpis.alerts), kpis.alerts);
    this.#alerts.change(previous && countDelta(kpis.alerts, previous.alerts), window);
    this.#alerts.mark(kpis.alerts > 0 ? 'alert' : '');
    this.#alerts.line.trend(trend, trend?.alerts);
  }

  #showAlertRate({ frame: { kpis, previous, window, trend } }: View): void {
    const share = kpis.transactions > 0 ? percent(kpis.alertRate) : none;
    this.#alertRate.show(
      share,
      'Alerts per scored transaction: what came by stream, not the history loaded in batches',
      kpis.transactions > 0 ? kpis.alertRate : null,
    );
    this.#alertRate.change(previous && shareDelta(kpis.alertRate, previous.alertRate), window);
    this.#alertRate.line.trend(trend, trend?.transactions.map((all, step) => (all > 0 ? trend.alerts[step]! / all : null)), true);
  }

  #showRate({ frame: { kpis, previous, window, trend }, rate, now }: View): void {
    this.#rate.show(kpis.ratePerSecond < 1_000 ? tenth(kpis.ratePerSecond) : integer(Math.round(kpis.ratePerSecond)), `${kpis.ratePerSecond} transactions per second`, kpis.ratePerSecond, '/s');
    this.#rate.change(previous && relativeDelta(kpis.ratePerSecond, previous.ratePerSecond), window);
    // A dashboard that has just started has measured too little for a line: until then the counted minutes draw it.
    if (trend && now - (rate[0]?.at ?? now) < 60_000) this.#rate.line.trend(trend, trend.transactions);
    else this.#rate.line.render(rate, now);
  }

  #showLatency({ frame: { kpis: { latencyP99Ms }, previous, window, trend } }: View): void {
    if (latencyP99Ms === null) this.#latency.show(none, 'No transaction came through the stream in this window', null);
    else this.#showMilliseconds(latencyP99Ms);
    const before = previous?.latencyP99Ms ?? null;
    if (latencyP99Ms !== null && before !== null) this.#latency.change(relativeDelta(latencyP99Ms, before), window);
    else this.#latency.note('arrival to commit');
    this.#latency.line.trend(trend, trend?.latencyP99Ms, true);
  }

  #showMilliseconds(milliseconds: number): void {
    const exact = `99 of 100 transactions took at most ${milliseconds} ms from their arrival in the stream to the commit`;
    if (milliseconds < 999.5) this.#latency.show(integer(Math.round(milliseconds)), exact, milliseconds, 'ms');
    else this.#latency.show(tenth(milliseconds / 1_000), exact, milliseconds, 's');
  }

  /** The first currency, which is that of most transactions, is the figure; sums of different currencies are never added up. */
  #showValue({ frame: { kpis, previous, window, trend } }: View): void {
    this.#value.line.trend(trend, trend?.value);
    const sums = kpis.value;
    const main = sums[0];
    if (!main) {
      this.#value.show('0', 'No transactions in this window', 0);
      this.#value.change(null, window);
      return;
    }

    this.#value.show(loneTotal(main.amount, main.currency), exactSums(sums), main.amount);
    const before = previous?.value.find((sum) => sum.currency === main.currency)?.amount ?? 0;
    const delta = previous && relativeDelta(main.amount, before);
    const others = sums.slice(1);
    if (others.length === 0) {
      this.#value.change(delta, window);
      return;
    }

    // For both in one line there is no room to say what the change is measured against: the title does, and the cards beside it.
    const more = `+ ${others.map((sum) => loneTotal(sum.amount, sum.currency)).join(', ')}`;
    if (!delta) this.#value.note(more, exactSums(others));
    else this.#value.note(`${changeText(delta)} · ${more}`, `${main.currency}: ${changeText(delta)}${delta.complete ? '' : ` vs ${windowWords[window].before} before`}; ${exactSums(others)}`);
  }
}

const exactSums = (sums: readonly Money[]): string => sums.map((sum) => money(sum.amount, sum.currency)).join(' + ');
