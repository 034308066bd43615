import type { TrendState } from '../contract';
import { tenth } from '../format/number';
import { span } from '../live/points';
import type { Sample } from '../live/rate';

const svg = 'http://www.w3.org/2000/svg';
const width = 120;
const height = 28;

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
    const line = pathOf(samples, now);
    this.#line.setAttribute('d', line);
    this.#area.setAttribute('d', line === '' ? '' : `${line}V${height}H${xOf(samples[0]!.at, now)}Z`);
    this.element.setAttribute('aria-label', sentence(samples));
  }

  /**
   * The steps of a trend.
   * @param even Values that do not grow with the length of a step, such as shares; others are drawn as their rate, so that the step
   * under way does not look like a fall.
   */
  trend(trend: TrendState | null | undefined, values: readonly number[] | null | undefined, even = false): void {
    const steps = trend && values ? stepsOf(trend, values, even) : [];
    if (!trend || steps.length < 2) {
      this.clear();
      return;
    }
    const line = lineOf(steps.map((value, index) => ({ x: (index / (steps.length - 1)) * width, value })));
    this.#line.setAttribute('d', line);
    this.#area.setAttribute('d', line === '' ? '' : `${line}V${height}H0Z`);
    const minutes = (steps.length * trend.stepSeconds) / 60;
    this.element.setAttribute('aria-label', `${this.#label} over the last ${minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`}`);
  }

  clear(): void {
    this.#line.setAttribute('d', '');
    this.#area.setAttribute('d', '');
    this.element.setAttribute('aria-label', `${this.#label}: no line for this window`);
  }
}

/** Values per step, the one under way in proportion; it is left out while it is too young to tell. */
export function stepsOf(trend: TrendState, values: readonly number[], even: boolean): number[] {
  const begun = Date.parse(trend.from) + (values.length - 1) * trend.stepSeconds * 1_000;
  const share = (Date.parse(trend.at) - begun) / (trend.stepSeconds * 1_000);
  if (share < 0.25) return values.slice(0, -1);
  return even ? [...values] : [...values.slice(0, -1), values.at(-1)! / Math.min(1, share)];
}

function lineOf(points: readonly { readonly x: number; readonly value: number }[]): string {
  const highest = Math.max(...points.map((point) => point.value));
  if (highest <= 0) return '';
  return points
    .map(({ x, value }, index) => `${index === 0 ? 'M' : 'L'}${round(x)},${round(height - 1.5 - (Math.max(0, value) / highest) * (height - 3))}`)
    .join('');
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
