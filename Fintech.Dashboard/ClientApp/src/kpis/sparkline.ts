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

  constructor() {
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
}

/** Samples are averaged into steps of five seconds: the shape is wanted, not the noise. */
export function pathOf(samples: readonly Sample[], now: number): string {
  const steps = averaged(samples, 5_000);
  if (steps.length < 2) return '';
  const highest = Math.max(...steps.map((step) => step.value));
  if (highest === 0) return '';
  return steps
    .map(({ at, value }, index) => `${index === 0 ? 'M' : 'L'}${xOf(at, now)},${round(height - 1.5 - (value / highest) * (height - 3))}`)
    .join('');
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
