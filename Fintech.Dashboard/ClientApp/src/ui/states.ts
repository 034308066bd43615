import { ApiError } from '../shell/api';
import { h, setText } from './dom';

/** Before this, nothing is said of loading: a word that flashes up is worse than none. */
const patience = 300;

/** What was looked for and is not there, and why; a way out where there is one. */
export interface Emptiness {
  readonly reason: string;
  readonly action?: { readonly title: string; readonly run: () => void };
}

/**
 * What stands in the place of contents that are not there: loading, empty with the reason, failed with the sentence and "Try again".
 * Contents that were there once stay while they are asked for anew, and when that fails.
 */
export class States {
  /** Put this on the page; the contents lie within it. */
  readonly element: HTMLElement;
  readonly #content: HTMLElement;
  readonly #box = h('div', { class: 'state', role: 'status' });
  readonly #text = h('p');
  readonly #button = h('button', { type: 'button', class: 'button' });
  #filled = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | null = null;
  #run: (() => void) | null = null;

  constructor(content: HTMLElement) {
    this.#content = content;
    this.#button.addEventListener('click', () => this.#run?.());
    this.#box.append(this.#text, this.#button);
    this.element = h('div', { class: 'states' }, this.#box, content);
    this.#box.hidden = true;
    content.hidden = true;
  }

  /**
   * Asks, and shows what came. A later call takes the place of one that is under way: its answer is not waited for.
   * @param show Draws the answer; says where there is nothing to draw.
   */
  async load<T>(ask: (signal: AbortSignal) => Promise<T>, show: (answer: T) => Emptiness | null): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.loading();
    try {
      const answer = await ask(asking.signal);
      if (asking.signal.aborted) return;
      const emptiness = show(answer);
      if (emptiness) this.empty(emptiness);
      else this.ready();
    } catch (error) {
      if (asking.signal.aborted) return;
      this.failed(error instanceof ApiError ? error.message : 'This could not be shown.', () => void this.load(ask, show));
      // A mistake of ours belongs into the console too; what the server said does not.
      if (!(error instanceof ApiError)) console.error(error);
    }
  }

  /** The page is left: what is under way is not needed any more. */
  cancel(): void {
    this.#asking?.abort();
    clearTimeout(this.#timer);
  }

  loading(): void {
    clearTimeout(this.#timer);
    this.element.setAttribute('aria-busy', 'true');
    this.#timer = setTimeout(() => {
      this.element.dataset['state'] = 'loading';
      if (!this.#filled) this.#say('Loading…', null);
    }, patience);
  }

  empty({ reason, action }: Emptiness): void {
    this.#settle('empty');
    this.#filled = false;
    this.#content.hidden = true;
    this.#say(reason, action ?? null);
  }

  failed(sentence: string, again: () => void): void {
    this.#settle('failed');
    this.#say(this.#filled ? `${sentence} What is shown is older.` : sentence, { title: 'Try again', run: again });
  }

  ready(): void {
    this.#settle('ready');
    this.#filled = true;
    this.#content.hidden = false;
    this.#box.hidden = true;
  }

  #settle(state: 'empty' | 'failed' | 'ready'): void {
    clearTimeout(this.#timer);
    this.element.removeAttribute('aria-busy');
    this.element.dataset['state'] = state;
  }

  #say(sentence: string, action: Emptiness['action'] | null): void {
    this.#box.hidden = false;
    setText(this.#text, sentence);
    this.#button.hidden = !action;
    setText(this.#button, action?.title ?? '');
    this.#run = action?.run ?? null;
  }
}
