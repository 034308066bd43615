import type { TrendState } from '../contract';
import { tenth } from '../format/number';
import { span } from '../live/points';
import type { Sample } from '../live/rate';
import { setAttribute } from '../ui/dom';

const svg = 'http://www.w3.org/2000/svg';
const width = 120;
const height = 28;
const dash = 2;

/** A line of the last five minutes from zero up, drawn as one SVG path: far cheaper than a chart for a hundred pixels. */
export class Sparkline {
  readonly element = document.createElementNS(svg, 'svg');
  readonly #line = document.createElementNS(svg, 'path');
  readonly #area = document.createElementNS(svg, 'path');

  readonly #label: string;

  constructor(label: string) {
    this.#label = label;
    this.element.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.element.setAttribute('preserveAspectRatio', 'none');
    this.element.setAttribute('class', 'sparkline');
    this.element.setAttribute('role', 'img');
    this.#area.setAttribute('class', 'sparkline-area');
    this.#line.setAttribute('class', 'sparkline-line');
    this.element.append(this.#area, this.#line);
  }

  render(samples: readonly Sample[], now: number): void {
    this.#draw(pathOf(samples, now));
    setAttribute(this.element, 'aria-label', sentence(samples));
  }

  /**
   * The steps of a trend.
   * @param values Null where a step has none: there the line is broken, for nothing is not zero.
   * @param even Values that do not grow with the length of a step, such as shares; others are drawn as their rate, so that the step
   * under way does not look like a fall.
   */
  trend(trend: TrendState | null | undefined, values: readonly (number | null)[] | null | undefined, even = false): void {
    const steps = trend && values ? stepsOf(trend, values, even) : [];
    if (!trend || steps.length < 2) {
      this.clear();
      return;
    }
    const line = lineOf(steps.map((value, index) => ({ x: (index / (steps.length - 1)) * width, value })));
    if (line === '' && steps.every((value) => value === null)) {
      this.clear();
      return;
    }
    this.#draw(line);
    const minutes = (steps.length * trend.stepSeconds) / 60;
    setAttribute(this.element, 'aria-label', `${this.#label} over the last ${minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`}`);
  }

  #draw(line: string): void {
    if (this.#line.getAttribute('d') === line) return;
    this.#line.setAttribute('d', line);
    this.#area.setAttribute('d', areaOf(line));
  }

  clear(): void {
    this.#draw('');
    setAttribute(this.element, 'aria-label', `${this.#label}: no line for this window`);
  }
}

/** Values per step, the one under way in proportion; it is left out while it is too young to tell. */
export function stepsOf(trend: TrendState, values: readonly (number | null)[], even: boolean): (number | null)[] {
  const begun = Date.parse(trend.from) + (values.length - 1) * trend.stepSeconds * 1_000;
  const share = (Date.parse(trend.at) - begun) / (trend.stepSeconds * 1_000);
  if (share < 0.25) return values.slice(0, -1);
  const last = values.at(-1) ?? null;
  return even || last === null ? [...values] : [...values.slice(0, -1), last / Math.min(1, share)];
}

/** A piece of line for each run of values: "M0,14L60,1.5" and, after a gap, "M90,3L120,8". One that stands alone is a dash. */
export function lineOf(points: readonly { readonly x: number; readonly value: number | null }[]): string {
  const highest = Math.max(...points.map((point) => point.value ?? 0));
  if (highest <= 0) return '';
  const yOf = (value: number): number => round(height - 1.5 - (Math.max(0, value) / highest) * (height - 3));
  let line = '';
  points.forEach(({ x, value }, index) => {
    if (value === null) return;
    const begins = (points[index - 1]?.value ?? null) === null;
    const ends = (points[index + 1]?.value ?? null) === null;
    line += begins && ends ? `M${round(x - dash / 2)},${yOf(value)}h${dash}` : `${begins ? 'M' : 'L'}${round(x)},${yOf(value)}`;
  });
  return line;
}

/** What lies beneath each piece of a line. */
function areaOf(line: string): string {
  return line.replace(/M([\d.-]+),[^M]*/g, (piece, from: string) => `${piece}V${height}H${from}Z`);
}

/** Samples are averaged into steps of five seconds: the shape is wanted, not the noise. */
export function pathOf(samples: readonly Sample[], now: number): string {
  const steps = averaged(samples, 5_000);
  if (steps.length < 2) return '';
  return lineOf(steps.map(({ at, value }) => ({ x: xOf(at, now), value })));
}

function averaged(samples: readonly Sample[], step: number): Sample[] {
  const steps: { at: number; value: number; count: number }[] = [];
  for (const { at, value } of samples) {
    const slot = Math.floor(at / step) * step;
    const last = steps.at(-1);
    if (last?.at === slot) {
      last.count++;
      last.value += (value - last.value) / last.count;
    } else {
      steps.push({ at: slot, value, count: 1 });
    }
  }
  return steps;
}

const xOf = (at: number, now: number): number => round(Math.max(0, Math.min(1, 1 - (now - at) / span)) * width);
const round = (value: number): number => Math.round(value * 10) / 10;

function sentence(samples: readonly Sample[]): string {
  if (samples.length === 0) return 'Rate over the last 5 minutes: no values yet';
  const values = samples.map((sample) => sample.value);
  const range = `between ${tenth(Math.min(...values))} and ${tenth(Math.max(...values))} per second`;
  return `Rate over the last 5 minutes: ${range}, now ${tenth(values.at(-1)!)}`;
}
