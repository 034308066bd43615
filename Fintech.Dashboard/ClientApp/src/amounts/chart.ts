import { ScatterChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { type ECharts, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { type Mark, markOf } from '../breakdown/palette';
import { money, wholeAmount } from '../format/number';
import { clock, minute } from '../format/time';
import { type Point, span } from '../live/points';
import type { View } from '../live/view';
import { h } from '../ui/dom';
import { colour, onThemeChange } from '../ui/theme';
import { currenciesOf, extent } from './scale';

use([ScatterChart, GridComponent, TooltipComponent, MarkLineComponent, CanvasRenderer]);

/** The points of one mark, drawn as one series. */
interface Layer {
  readonly id: string;
  readonly mark: Mark;
  points: Point[];
}

type Option = Parameters<ECharts['setOption']>[0];

/** What ECharts says of the point under the pointer. */
interface Hit {
  readonly seriesId: string;
  readonly dataIndex: number;
}

const alertSeries = 'alerts';

/** Of a series whose marks are narrower than four pixels, ECharts fills them one by one: a tenth of the work of one path of them all. */
const narrow = 3.9;

/** More alerts than these in five minutes are a storm: diamonds would lie on one another, and take the page's time. */
const storm = 300;

interface Colours {
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly surface: string;
  readonly alert: string;
}

/** Amounts over the last five minutes on a log axis: the sample faint in the colour of its category, every alert a diamond. */
export class AmountChart {
  readonly #chart: ECharts;
  readonly #root: HTMLElement;
  readonly #layers = new Map<string, Layer>();
  #alerts: Point[] = [];
  #colours: Colours;
  #font = 12;
  #last: { view: View; threshold: number | null } | null = null;

  constructor(root: HTMLElement, onPick: (id: string) => void) {
    this.#root = root;
    this.#chart = init(root, null, { renderer: 'canvas' });
    // Else it asks for ten idle frames after each drawing: the page would never be still.
    this.#chart.getZr().setSleepAfterStill(1);
    this.#colours = this.#readColours();
    this.#dress();

    this.#chart.on('click', (event) => {
      const point = this.#pointOf(event as unknown as Hit);
      if (point?.alert) onPick(point.id);
    });
    onThemeChange(() => this.#redress());
    new ResizeObserver(() => {
      if (root.clientWidth === 0) return;
      this.#chart.resize();
      this.#redress();
    }).observe(root);
  }

  render(view: View, threshold: number | null): void {
    this.#last = { view, threshold };
    const currencies = currenciesOf(view);
    const currency = currencies.length === 1 ? currencies[0]! : null;
    // A threshold is of one currency, also among amounts of several.
    const limit = threshold === null ? '' : `threshold ${wholeAmount(threshold, currencies[0] ?? null)}`;
    const drawable = view.points.filter((point) => point.amount > 0);
    const [low, high] = extent(drawable, threshold);
    this.#sort(drawable);

    this.#chart.setOption(
      {
        xAxis: { min: view.now - span, max: view.now },
        yAxis: { min: low, max: high, axisLabel: { formatter: (value: number) => wholeAmount(value, currency) } },
        series: [
          ...[...this.#layers.values()].map(({ id, points }) => ({ id, data: pairs(points) })),
          {
            id: alertSeries,
            data: pairs(this.#alerts),
            symbolSize: this.#alerts.length > storm ? [narrow, this.#font * 0.8] : this.#font * 1.05,
            markLine: { data: threshold === null ? [] : [{ yAxis: threshold, name: limit }] },
          },
        ],
      },
      { silent: true },
    );
  }

  /** Points by mark. A mark that is met for the first time gets a series; one that is no longer met keeps an empty one. */
  #sort(points: readonly Point[]): void {
    this.#alerts = [];
    for (const layer of this.#layers.values()) layer.points = [];
    const fresh: Layer[] = [];

    for (const point of points) {
      if (point.alert) {
        this.#alerts.push(point);
        continue;
      }
      const mark = markOf(point.category);
      const id = `${mark.token} ${mark.shape}`;
      let layer = this.#layers.get(id);
      if (!layer) {
        layer = { id, mark, points: [] };
        this.#layers.set(id, layer);
        fresh.push(layer);
      }
      layer.points.push(point);
    }
    if (fresh.length > 0) this.#chart.setOption({ series: fresh.map((layer) => this.#series(layer)) } as Option);
  }

  /** The second eight categories are upright where the first eight are squares. */
  #series({ id, mark }: Layer): object {
    // As narrow as they are they must not grow tall on a wall.
    const size = Math.min(5, this.#font * (this.#root.clientWidth < 480 ? 0.3 : 0.4));
    return {
      id,
      type: 'scatter',
      // One element for the whole series: three thousand of them four times a second would keep the page busy.
      // Not for none, though: ECharts 6.1 lays out no array then, and fails when the pointer comes near.
      large: true,
      largeThreshold: 1,
      progressive: 0,
      symbol: 'rect',
      symbolSize: mark.shape === 'square' ? [Math.min(narrow, size / 2), size * 1.4] : [Math.min(narrow, size), size],
      itemStyle: { color: colour(mark.token), opacity: 0.5 },
    };
  }

  #pointOf({ seriesId, dataIndex }: Hit): Point | undefined {
    return seriesId === alertSeries ? this.#alerts[dataIndex] : this.#layers.get(seriesId)?.points[dataIndex];
  }

  /** What does not change from frame to frame. */
  #dress(): void {
    const { text, quiet, line, surface, alert } = this.#colours;
    this.#font = Number.parseFloat(getComputedStyle(this.#root).fontSize);
    const font = this.#font;
    const family = getComputedStyle(this.#root).fontFamily;

    this.#chart.setOption({
      animation: false,
      textStyle: { fontFamily: family, fontSize: font },
      // The left edge leaves room for the widest label.
      grid: { left: font * 4.75, right: font * 1.4, top: font, bottom: font * 2.1 },
      xAxis: {
        type: 'time',
        splitNumber: 5,
        minInterval: 60_000,
        axisLine: { lineStyle: { color: line } },
        axisTick: { show: true, length: 4, lineStyle: { color: line } },
        axisLabel: {
          color: quiet,
          fontSize: font,
          margin: font * 0.6,
          formatter: (value: number) => minute(value),
          hideOverlap: true,
          showMinLabel: false,
          showMaxLabel: false,
        },
        splitLine: { show: false },
      },
      yAxis: {
        type: 'log',
        logBase: 10,
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { color: quiet, fontSize: font, margin: font * 0.7 },
        splitLine: { lineStyle: { color: line, width: 1 } },
      },
      tooltip: {
        trigger: 'item',
        confine: true,
        backgroundColor: surface,
        borderColor: line,
        borderWidth: 1,
        padding: [6, 10],
        textStyle: { color: text, fontSize: font },
        extraCssText: 'box-shadow:none',
        formatter: (params: unknown) => sentence(this.#pointOf(params as Hit)),
      },
      series: [
        ...[...this.#layers.values()].map((layer) => this.#series(layer)),
        {
          id: alertSeries,
          type: 'scatter',
          symbol: 'diamond',
          itemStyle: { color: alert, borderColor: surface, borderWidth: 1.25, opacity: 1 },
          emphasis: { scale: 1.3 },
          large: true,
          largeThreshold: storm,
          progressive: 0,
          z: 5,
          data: [],
          markLine: {
            silent: true,
            symbol: 'none',
            animation: false,
            lineStyle: { color: quiet, width: 1, type: [4, 4], opacity: 0.9 },
            // Below the line, where no alert can lie, and on a ground of its own: beside the axis it would lie on the axis' labels.
            label: {
              position: 'insideStartBottom',
              formatter: '{b}',
              color: text,
              fontSize: font,
              backgroundColor: surface,
              padding: [2, 4],
              distance: [0, 2],
            },
            data: [],
          },
        },
      ],
    } as Option);
  }

  #redress(): void {
    this.#colours = this.#readColours();
    this.#dress();
    if (this.#last) this.render(this.#last.view, this.#last.threshold);
  }

  #readColours(): Colours {
    return {
      text: colour('text-1'),
      quiet: colour('text-3'),
      line: colour('border'),
      surface: colour('surface-1'),
      alert: colour('alert'),
    };
  }
}

/** Flat pairs of numbers, the form that needs no object per point. */
function pairs(points: readonly Point[]): Float64Array {
  const flat = new Float64Array(points.length * 2);
  points.forEach(({ at, amount }, index) => {
    flat[index * 2] = at;
    flat[index * 2 + 1] = amount;
  });
  return flat;
}

/** A whole sentence, as an element and not as markup. */
function sentence(point: Point | undefined): HTMLElement | string {
  if (!point) return '';
  const where = point.merchant ? `at ${point.merchant}, ${point.category},` : `in ${point.category}`;
  const what = `${money(point.amount, point.currency)} ${where} at ${clock(point.at)}`;
  return h('span', { text: point.alert ? `Alert: ${what}. Click to open it.` : `${what}.` });
}
