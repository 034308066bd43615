import { h, setData, setText } from './dom';

export type MessageKind = 'info' | 'good' | 'warn';

interface Offer {
  readonly title: string;
  readonly run: () => void;
}

/**
 * The one line in which a part of a page says what came of an action. A new sentence takes the place of the one before: nothing piles up,
 * and nothing goes away before it was read, but for a confirmation.
 */
export class MessageLine {
  readonly element = h('p', { class: 'message', role: 'status' });
  readonly #text = h('span');
  readonly #offer = h('button', { type: 'button', class: 'button quiet' });
  #run: (() => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#offer.addEventListener('click', () => this.#run?.());
    this.element.append(this.#text, this.#offer);
    this.clear();
  }

  /** @param offer What can be done about it: "Undo", "Try again". */
  show(sentence: string, kind: MessageKind = 'info', offer: Offer | null = null): void {
    clearTimeout(this.#timer);
    setData(this.element, 'kind', kind);
    setText(this.#text, sentence);
    this.#run = offer?.run ?? null;
    this.#offer.hidden = offer === null;
    setText(this.#offer, offer?.title ?? '');
    // One with something to press stays: who uses a keyboard or a magnifier needs the time.
    if (kind === 'good' && !offer) this.#timer = setTimeout(() => this.clear(), 8_000);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#run = null;
    this.#offer.hidden = true;
    setText(this.#text, '');
  }
}
