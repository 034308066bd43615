import { ApiError, getJson } from '../shell/api';
import { h } from '../ui/dom';
import { empty, redraw } from './draw';
import type { Context } from './view';

/** One thing in full, read anew whenever the page is, and drawn anew only where it changed. What is not there says so, and leads back to the list. */
export abstract class DetailView<T> {
  readonly root: HTMLElement;
  protected readonly context: Context;
  #id: number | null = null;

  constructor(testid: string, context: Context) {
    this.root = h('div', { class: 'view-detail', testid });
    this.context = context;
  }

  protected abstract address(id: number): string;
  protected abstract back(): HTMLElement;
  protected abstract draw(detail: T): HTMLElement[];

  /** What the drawing depends on. */
  protected shown(detail: T): unknown {
    return detail;
  }

  choose(id: number | null): void {
    if (id !== this.#id) redraw(this.root, id, () => []);
    this.#id = id;
  }

  async refresh(signal: AbortSignal): Promise<void> {
    const id = this.#id;
    if (id === null) return;
    try {
      const detail = await getJson<T>(this.address(id), signal);
      if (id === this.#id) redraw(this.root, this.shown(detail), () => this.draw(detail));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      redraw(this.root, error.message, () => [this.back(), empty(error.message)]);
    }
  }
}
