import { BarChart, HeatmapChart, LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from 'echarts/components';
import { type ECharts, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { colour, onThemeChange } from '../ui/theme';

// SVG, which prints as sharp as the text around it; a few hundred shapes that change on a click need no canvas.
use([BarChart, HeatmapChart, LineChart, GridComponent, MarkLineComponent, TooltipComponent, VisualMapComponent, SVGRenderer]);

export type Option = Parameters<ECharts['setOption']>[0];

/** What a chart is drawn with: colours and sizes as they are now. */
export interface Look {
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly surface: string;
  readonly faint: string;
  readonly accent: string;
  readonly alert: string;
  readonly warn: string;
  readonly font: number;
  readonly width: number;
}

/** Draws what `draw` says, again when the colours or the size change. */
export class HistoryChart {
  readonly #chart: ECharts;
  readonly #root: HTMLElement;
  #draw: ((look: Look) => Option) | null = null;

  /** @param onPick The number of the datum that was clicked, and its series. */
  constructor(root: HTMLElement, onPick: (index: number) => void) {
    this.#root = root;
    this.#chart = init(root, null, { renderer: 'svg' });
    this.#chart.on('click', (event) => onPick(event.dataIndex));
    onThemeChange(() => this.#redraw());
    new ResizeObserver(() => {
      if (root.clientWidth === 0) return;
      this.#chart.resize();
      this.#redraw();
    }).observe(root);
  }

  render(draw: (look: Look) => Option): void {
    this.#draw = draw;
    this.#redraw();
  }

  #redraw(): void {
    if (!this.#draw || this.#root.clientWidth === 0) return;
    this.#chart.setOption(this.#draw(this.#look()), { notMerge: true, silent: true });
  }

  #look(): Look {
    const style = getComputedStyle(this.#root);
    return {
      text: colour('text-1'),
      quiet: colour('text-3'),
      line: colour('border'),
      surface: colour('surface-1'),
      faint: colour('surface-2'),
      accent: colour('accent'),
      alert: colour('alert'),
      warn: colour('warn'),
      font: Number.parseFloat(style.fontSize),
      width: this.#root.clientWidth,
    };
  }
}
