import { markOf } from '../breakdown/palette';
import { count, integer, money, percent, share, tenth, total, wholeAmount } from '../format/number';
import { utcDay, utcMinute } from '../format/time';
import { colour } from '../ui/theme';
import { h } from '../ui/dom';
import type { Look, Option } from './chart';
import { days, hourName } from './query';
import { steep } from './scale';
import { type Cell, dayName, records, stepName, type Table } from './table';

type Row = Readonly<Record<string, Cell>>;
type Draw = (look: Look) => Option;

const number = (value: Cell | undefined): number => Number(value ?? 0);
const words = (value: Cell | undefined): string => (value === '' ? 'None named' : String(value ?? ''));

/** Names on a narrow axis are cut, the tooltip has them whole. */
const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** What all charts have in common. Tooltips are elements whose text is text: names come from the data. */
function base(look: Look, tell: (index: number) => string): object {
  return {
    animation: false,
    textStyle: { fontSize: look.font, fontFamily: 'inherit' },
    tooltip: {
      trigger: 'item',
      confine: true,
      backgroundColor: look.surface,
      borderColor: look.line,
      borderWidth: 1,
      padding: [6, 10],
      textStyle: { color: look.text, fontSize: look.font },
      extraCssText: 'box-shadow:none;white-space:normal;max-width:22rem',
      formatter: (hit: { dataIndex: number }) => h('span', { text: tell(hit.dataIndex) }),
    },
  };
}

const labels = (look: Look): object => ({ color: look.quiet, fontSize: look.font, hideOverlap: true });
/** Steps of time below an axis: as many labels as there is room for, none over the axis beside it. */
function steps(look: Look, names: readonly string[], left: number): object {
  const longest = Math.max(1, ...names.map((name) => name.length));
  const most = Math.max(2, Math.floor((look.width - left - look.font) / (look.font * (0.56 * longest + 1.4))));
  const every = Math.ceil(names.length / most);
  return {
    type: 'category',
    data: names,
    axisLine: { lineStyle: { color: look.line } },
    axisTick: { show: false },
    axisLabel: { ...labels(look), margin: look.font * 0.8, interval: (index: number) => index % every === 0, alignMinLabel: 'left' },
  };
}
const noLine = { axisLine: { show: false }, axisTick: { show: false } };
const gridLine = (look: Look): object => ({ splitLine: { lineStyle: { color: look.line, width: 1 } } });

/** The second eight categories have the colours of the first, hollow: as their bars on the live page. */
function filled(category: string): object {
  const { token, shape } = markOf(category);
  const full = colour(token);
  return shape === 'circle' ? { color: full } : { color: full.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.3)'), borderColor: full, borderWidth: 1.5 };
}

/** Lying bars with their value beside them: categories, merchants, customers. */
export function bars(table: Table, name: string, currency: string, marked: string | null): Draw {
  const rows = records(table);
  return (look) => {
    const room = Math.min(look.font * 11, look.width * 0.36);
    const most = Math.max(...rows.map((row) => number(row['revenue'])), 0);
    return {
      ...base(look, (index) => `${words(rows[index]![name])}: ${money(number(rows[index]!['revenue']), currency)} from ${integer(number(rows[index]!['transactions'] ?? rows[index]!['purchases']))} ${rows[index]!['transactions'] === undefined ? 'purchases' : 'transactions'}.`),
      grid: { left: room, right: look.font * (rows.some((row) => typeof row['share'] === 'number') ? 11 : 7), top: 4, bottom: 4 },
      xAxis: { type: 'value', show: false, max: most || 1 },
      yAxis: {
        type: 'category',
        inverse: true,
        data: rows.map((row) => words(row[name])),
        ...noLine,
        axisLabel: { color: look.text, fontSize: look.font, interval: 0, formatter: (text: string) => cut(text, Math.floor(room / (look.font * 0.56))) },
      },
      series: [
        {
          type: 'bar',
          barCategoryGap: '28%',
          data: rows.map((row) => ({
            value: number(row['revenue']),
            itemStyle: { borderRadius: [0, 3, 3, 0], ...(marked === null ? { color: look.accent } : filled(words(row[marked]))) },
          })),
          label: {
            show: true,
            position: 'right',
            color: look.text,
            fontSize: look.font,
            formatter: ({ dataIndex }: { dataIndex: number }) => {
              const part = rows[dataIndex]!['share'];
              return total(number(rows[dataIndex]!['revenue']), currency) + (typeof part === 'number' ? ` · ${share(part)}` : '');
            },
          },
        },
      ],
    } as Option;
  };
}

const averages = (table: Table): number[] => records(table).map((row) => number(row['average']));

/** Null where the strongest colour is that of the largest number. */
export function heatNote(table: Table): string | null {
  const top = steep(averages(table));
  return top === null ? null : `From ${tenth(top)} transactions on, cells have the strongest colour.`;
}

/** Weekday by hour: the stronger the colour, the more transactions on average. */
export function heat(table: Table): Draw {
  const rows = records(table);
  const most = steep(averages(table)) ?? Math.max(...averages(table), 0);
  return (look) => ({
    ...base(look, (index) => {
      const row = rows[index]!;
      return `${days[number(row['weekday']) - 1]} ${hourName(number(row['hour']))} UTC: ${tenth(number(row['average']))} transactions on average, ${integer(number(row['transactions']))} in ${integer(number(row['weeks']))} weeks. Click to look at this hour.`;
    }),
    grid: { left: look.font * 3, right: 4, top: 4, bottom: look.font * 2 },
    xAxis: { type: 'category', data: Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0')), ...noLine, axisLabel: labels(look), splitArea: { show: false } },
    yAxis: { type: 'category', inverse: true, data: days.map((day) => day.slice(0, 3)), ...noLine, axisLabel: labels(look) },
    visualMap: { show: false, min: 0, max: most || 1, inRange: { color: [look.faint, look.accent] } },
    series: [
      {
        type: 'heatmap',
        data: rows.map((row) => [number(row['hour']), number(row['weekday']) - 1, number(row['average'])]),
        itemStyle: { borderColor: look.surface, borderWidth: 1.5, borderRadius: 3 },
        emphasis: { itemStyle: { borderColor: look.text } },
      },
    ],
  }) as Option;
}

const revenues = (table: Table): number[] => records(table).map((row) => number(row['revenue']));

/** Null where the axis holds all points. */
export function trendNote(table: Table, currency: string): string | null {
  const top = steep(revenues(table));
  return top === null ? null : `The axis ends at ${total(top, currency)}: triangles are steps above it, with their revenue.`;
}

/** Revenue by day or hour; hollow points are steps that the data do not cover from begin to end. */
export function trend(table: Table, currency: string): Draw {
  const rows = records(table);
  const top = steep(revenues(table));
  const hours = rows.some((row) => words(row['at']).length > 10);
  const names = rows.map((row) => (hours ? utcMinute : utcDay)(Date.parse(words(row['at']))));
  return (look) => ({
    ...base(look, (index) => {
      const row = rows[index]!;
      return `${stepName(words(row['at']))} UTC: ${money(number(row['revenue']), currency)} from ${integer(number(row['transactions']))} transactions${row['whole'] === true ? '' : ' (not whole)'}. Click to look at it.`;
    }),
    grid: { left: look.font * 5, right: look.font * 2, top: look.font, bottom: look.font * 2.2 },
    xAxis: steps(look, names, look.font * 5),
    yAxis: { type: 'value', ...(top === null ? {} : { max: top }), ...noLine, ...gridLine(look), axisLabel: { ...labels(look), formatter: (value: number) => total(value, currency) } },
    series: [
      {
        type: 'line',
        lineStyle: { color: look.accent, width: 1.75 },
        areaStyle: { color: look.accent, opacity: 0.08 },
        symbol: 'circle',
        showAllSymbol: true,
        symbolSize: rows.length > 120 ? 4 : 6,
        data: rows.map((row) => {
          const revenue = number(row['revenue']);
          const itemStyle = row['whole'] === true ? { color: look.accent } : { color: look.surface, borderColor: look.accent, borderWidth: 1.5 };
          if (top === null || revenue <= top) return { value: revenue, itemStyle };
          const label = { show: true, position: 'left', distance: look.font * 0.6, color: look.text, fontSize: look.font, formatter: total(revenue, currency) };
          return { value: top, itemStyle, symbol: 'triangle', symbolSize: look.font, label };
        }),
      },
    ],
  }) as Option;
}

/** Purchases by amount, ten columns to each factor of ten, with the median and the 99th percentile. */
export function amounts(table: Table, currency: string): Draw {
  const rows = records(table);
  const found = new Map(rows.filter((row) => row['part'] === 'bin').map((row) => [number(row['key']), row]));
  const first = Math.min(...found.keys());
  // A bin without a purchase has no row, and belongs into the picture.
  const bins = Array.from({ length: Math.max(...found.keys()) - first + 1 }, (_, index) => first + index);
  const quantile = (p: number): number => number(rows.find((row) => row['part'] === 'quantile' && number(row['key']) === p)?.['amount']);
  const all = [...found.values()].reduce((sum, row) => sum + number(row['purchases']), 0);
  // Columns are categories of one width each, so that a place among them is a logarithm.
  const place = (amount: number): number => Math.log10(amount) * 10 - first - 0.5;
  const edge = (bin: number): number => 10 ** (bin / 10);
  return (look) => ({
    ...base(look, (index) => {
      const row = found.get(bins[index]!);
      const purchases = number(row?.['purchases']);
      return `${money(edge(bins[index]!), currency)} to ${money(edge(bins[index]! + 1), currency)}: ${integer(purchases)} purchases, ${percent(all > 0 ? purchases / all : 0)}.`;
    }),
    grid: { left: look.font * 4.2, right: look.font, top: look.font * 3.4, bottom: look.font * 2.2 },
    xAxis: [
      { type: 'category', data: bins.map((bin) => wholeAmount(Number(edge(bin).toPrecision(1)), currency)), axisLine: { lineStyle: { color: look.line } }, axisTick: { show: false }, axisLabel: { ...labels(look), interval: (index: number) => bins[index]! % 10 === 0 } },
      { type: 'value', min: -0.5, max: bins.length - 0.5, show: false },
    ],
    yAxis: { type: 'value', ...noLine, ...gridLine(look), axisLabel: { ...labels(look), formatter: (value: number) => count(value) } },
    series: [
      { type: 'bar', barCategoryGap: '8%', itemStyle: { color: look.accent, borderRadius: [2, 2, 0, 0] }, data: bins.map((bin) => number(found.get(bin)?.['purchases'])) },
      {
        type: 'line',
        xAxisIndex: 1,
        data: [],
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { color: look.text, width: 1, type: [4, 4] },
          label: { color: look.text, fontSize: look.font, formatter: '{b}' },
          data: [
            { name: `median ${money(quantile(0.5), currency)}`, xAxis: place(quantile(0.5)) },
            { name: `99 % up to ${money(quantile(0.99), currency)}`, xAxis: place(quantile(0.99)), label: { distance: [0, look.font * 1.6], align: 'right' } },
          ].slice(0, quantile(0.5) === quantile(0.99) ? 1 : 2),
        },
      },
    ],
  }) as Option;
}

export const outcomes = [
  { name: 'confirmed', title: 'confirmed' },
  { name: 'dismissed', title: 'dismissed' },
  { name: 'open', title: 'open' },
] as const;

/** What became of the alerts of each day. */
export function alerts(table: Table): Draw {
  const rows = records(table).filter((row): row is Row => row['by'] === 'day');
  return (look) => {
    const colours = { confirmed: look.alert, dismissed: look.quiet, open: look.warn };
    return {
      ...base(look, (index) => {
        const row = rows[index]!;
        return `${dayName(words(row['name']))} UTC: ${integer(number(row['alerts']))} alerts; ${integer(number(row['confirmed']))} confirmed as fraud, ${integer(number(row['dismissed']))} dismissed, ${integer(number(row['open']))} open. Click to look at this day.`;
      }),
      grid: { left: look.font * 3.6, right: look.font * 2, top: look.font, bottom: look.font * 2.2 },
      xAxis: steps(look, rows.map((row) => utcDay(Date.parse(words(row['name'])))), look.font * 3.6),
      yAxis: { type: 'value', minInterval: 1, ...noLine, ...gridLine(look), axisLabel: labels(look) },
      series: outcomes.map(({ name }) => ({ type: 'bar', stack: 'outcome', barCategoryGap: '12%', itemStyle: { color: colours[name] }, data: rows.map((row) => number(row[name])) })),
    } as Option;
  };
}
