import type { Kpis, Money, WindowKey } from '../contract';
import { count, integer, loneTotal, money, percent, tenth } from '../format/number';
import type { View } from '../live/state';
import { windowWords } from '../live/windows';
import { byId, h, setData, setText, setTitle } from '../ui/dom';
import { countDelta, type Delta, relativeDelta, shareDelta } from './delta';
import { Sparkline } from './sparkline';

const arrows = { up: '▲', down: '▼', same: '=' } as const;
const none = '–';

/** One figure: a label, the number, and a line beneath it that is always there, so that nothing moves when it fills. */
class Card {
  readonly foot = h('div', { class: 'kpi-foot' });
  readonly #figure = h('div', { class: 'kpi-figure', text: none });
  readonly #root: HTMLElement;

  constructor(parent: HTMLElement, name: string, label: string) {
    this.#root = h(
      'div',
      { class: 'card kpi', testid: `kpi-${name}` },
      h('h2', { class: 'kpi-label', text: label }),
      this.#figure,
      this.foot,
    );
    parent.append(this.#root);
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
      this.note(`${arrows[delta.direction]} ${delta.text}`);
      return;
    }

    const { before } = windowWords[window];
    const text = `${arrows[delta.direction]} ${delta.text} vs `;
    if (this.foot.textContent === `${text}${before} before`) return;
    this.foot.replaceChildren(text, h('span', { class: 'kpi-before', text: `${before} ` }), 'before');
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
  readonly #sparkline = new Sparkline();

  constructor() {
    this.#rate.foot.append(this.#sparkline.element);
    this.#latency.note('arrival to commit');
  }

  render({ frame, rate, now }: View): void {
    const { kpis, previous, window } = frame;

    this.#transactions.show(count(kpis.transactions), integer(kpis.transactions), kpis.transactions);
    this.#transactions.change(previous && relativeDelta(kpis.transactions, previous.transactions), window);

    this.#showValue(kpis, previous, window);

    this.#alerts.show(count(kpis.alerts), integer(kpis.alerts), kpis.alerts);
    this.#alerts.change(previous && countDelta(kpis.alerts, previous.alerts), window);
    this.#alerts.mark(kpis.alerts > 0 ? 'alert' : '');

    const share = kpis.transactions > 0 ? percent(kpis.alertRate) : none;
    this.#alertRate.show(
      share,
      'Alerts per scored transaction: what came by stream, not the history loaded in batches',
      kpis.transactions > 0 ? kpis.alertRate : null,
    );
    this.#alertRate.change(previous && shareDelta(kpis.alertRate, previous.alertRate), window);

    this.#rate.show(tenth(kpis.ratePerSecond), `${kpis.ratePerSecond} transactions per second`, kpis.ratePerSecond, '/s');
    this.#sparkline.render(rate, now);

    const { latencyP99Ms } = kpis;
    if (latencyP99Ms === null) this.#latency.show(none, 'No transaction came through the stream in this window', null);
    else this.#showLatency(latencyP99Ms);
  }

  #showLatency(milliseconds: number): void {
    const exact = `99 of 100 transactions took at most ${milliseconds} ms from their arrival in the stream to the commit`;
    if (milliseconds < 999.5) this.#latency.show(integer(Math.round(milliseconds)), exact, milliseconds, 'ms');
    else this.#latency.show(tenth(milliseconds / 1_000), exact, milliseconds, 's');
  }

  /** The first currency, which is that of most transactions, is the figure; sums of different currencies are never added up. */
  #showValue(kpis: Kpis, previous: Kpis | null, window: WindowKey): void {
    const sums = kpis.value;
    const main = sums[0];
    if (!main) {
      this.#value.show('0', 'No transactions in this window', 0);
      this.#value.change(null, window);
      return;
    }

    this.#value.show(loneTotal(main.amount, main.currency), exactSums(sums), main.amount);
    const others = sums.slice(1);
    if (others.length > 0) {
      this.#value.note(`+ ${others.map((sum) => loneTotal(sum.amount, sum.currency)).join(', ')}`, exactSums(others));
      return;
    }

    const before = previous?.value.find((sum) => sum.currency === main.currency)?.amount ?? 0;
    this.#value.change(previous && relativeDelta(main.amount, before), window);
  }
}

const exactSums = (sums: readonly Money[]): string => sums.map((sum) => money(sum.amount, sum.currency)).join(' + ');
