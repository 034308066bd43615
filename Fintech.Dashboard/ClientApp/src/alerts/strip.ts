import { integer, money } from '../format/number';
import { moment } from '../format/time';
import { h } from '../ui/dom';
import { type AlertRow, type CustomerHistory, type CustomerTransaction, keyOf } from './triage-api';

const width = 400;
const height = 96;
const pad = 8;

/** The customer's last weeks: a point each, higher for more (log), alerts as diamonds, this one marked; then what was spent just before. */
export function customerStrip(history: CustomerHistory, alert: AlertRow): HTMLElement[] {
  const { transactions } = history;
  const others = transactions.length - transactions.filter((one) => keyOf(one) === keyOf(alert)).length;
  const heading = h('h3', { text: 'This customer, four weeks' });
  const windows = h(
    'dl',
    { class: 'facts' },
    h('dt', { text: 'In 1 h' }),
    h('dd', { text: spent(history.hour) }),
    h('dt', { text: 'In 24 h' }),
    h('dd', { text: spent(history.day) }),
  );
  if (transactions.length === 0) return [heading, h('p', { class: 'quiet', text: 'Nothing else is known of this customer in these weeks.' })];
  return [
    heading,
    draw(history, alert),
    h('p', {
      class: 'strip-words',
      text: `${others === 0 ? 'No other transaction' : others === 1 ? '1 other transaction' : `${integer(others)} other transactions`}${history.complete ? '' : ', the newest of them'}; the highest ${highest(transactions)}.`,
    }),
    windows,
  ];
}

const spent = ({ purchases, amount, currency }: CustomerHistory['hour']): string =>
  `${purchases === 1 ? '1 purchase' : `${integer(purchases)} purchases`}, ${money(amount, currency)}`;

function highest(transactions: readonly CustomerTransaction[]): string {
  const { amount, currency } = transactions.reduce((most, one) => (one.amount > most.amount ? one : most));
  return money(amount, currency);
}

/** Where points lie, in the units of the drawing. */
export function place(history: Pick<CustomerHistory, 'from' | 'to' | 'transactions'>): (one: CustomerTransaction) => { x: number; y: number } {
  const [from, to] = [Date.parse(history.from), Date.parse(history.to)];
  const logs = history.transactions.map(({ amount }) => Math.log10(Math.max(0.01, Math.abs(amount))));
  const low = Math.min(...logs);
  const high = Math.max(...logs, low + 0.5);
  return ({ at, amount }) => ({
    x: pad + ((Date.parse(at) - from) / (to - from)) * (width - 2 * pad),
    y: height - pad - ((Math.log10(Math.max(0.01, Math.abs(amount))) - low) / (high - low)) * (height - 2 * pad),
  });
}

function draw(history: CustomerHistory, alert: AlertRow): HTMLElement {
  const svg = shape('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${integer(history.transactions.length)} transactions of this customer in four weeks, this one marked` });
  const at = place(history);
  const line = height - 1;
  svg.append(shape('path', { class: 'strip-axis', d: `M0 ${line}H${width}` }));
  // This one last, so that none covers it.
  const mine = keyOf(alert);
  for (const one of history.transactions.toSorted((a, b) => Number(keyOf(a) === mine) - Number(keyOf(b) === mine))) {
    const { x, y } = at(one);
    const marked = keyOf(one) === mine;
    const r = marked ? 6 : one.alert ? 4 : 2.5;
    const point = one.alert || marked
      ? shape('path', { class: marked ? 'strip-mine' : 'strip-alert', d: `M${x} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z` })
      : shape('circle', { class: one.type === 'purchase' ? 'strip-point' : 'strip-back', cx: String(x), cy: String(y), r: String(r) });
    const title = document.createElementNS(svgSpace, 'title');
    title.textContent = `${money(one.amount, one.currency)} at ${one.merchant}, ${moment(Date.parse(one.at))}${one.type === 'purchase' ? '' : `, ${one.type}`}${marked ? ' (this one)' : ''}`;
    point.append(title);
    svg.append(point);
  }
  const figure = h('figure', { class: 'strip', testid: 'strip' });
  figure.append(svg);
  return figure;
}

const svgSpace = 'http://www.w3.org/2000/svg';

function shape(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const element = document.createElementNS(svgSpace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
