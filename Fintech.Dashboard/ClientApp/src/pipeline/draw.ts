import { ageOrClock, moment } from '../format/time';
import { h, KeyedList, setText } from '../ui/dom';

type Child = Node | string | null;

/** A moment that stays true while nobody draws it anew: an age while it is young, then the clock, then the day. */
export function when(iso: string): HTMLTimeElement {
  const at = Date.parse(iso);
  const element = h('time', { datetime: iso, title: moment(at) });
  element.dataset['at'] = String(at);
  element.textContent = words(at, Date.now());
  return element;
}

const words = (at: number, now: number): string => {
  const text = ageOrClock(at, now);
  return now - at < 3_600_000 ? `${text} ago` : text;
};

/** Lets ages grow. */
export function drawTimes(root: HTMLElement, now: number): void {
  for (const element of root.querySelectorAll<HTMLElement>('time[data-at]')) setText(element, words(Number(element.dataset['at']), now));
}

const drawn = new WeakMap<Element, string>();

/** Draws an element anew only where what it shows has changed: so focus, selection and scroll position stay. */
export function redraw(element: Element, shown: unknown, draw: () => readonly Child[]): void {
  const key = JSON.stringify(shown);
  if (drawn.get(element) === key) return;
  drawn.set(element, key);
  element.replaceChildren(...draw().filter((child) => child !== null));
}

/** A list that keeps one element for each key. */
export function rowsOf<T>(
  parent: HTMLElement,
  tag: 'tr' | 'li',
  keyOf: (item: T) => string,
  draw: (item: T) => readonly Child[],
  mark?: (element: HTMLElement, item: T) => void,
): KeyedList<T> {
  return new KeyedList<T>(parent, keyOf, () => {
    const element = h(tag);
    return {
      element,
      update(item) {
        redraw(element, item, () => draw(item));
        mark?.(element, item);
      },
    };
  });
}

export function table(caption: string, heads: readonly string[], wide: string = ''): { readonly element: HTMLElement; readonly body: HTMLElement } {
  const body = h('tbody');
  const element = h(
    'div',
    { class: `scroll table-scroll ${wide}`, tabindex: '0', role: 'region', 'aria-label': `Table: ${caption}` },
    h('table', { class: 'figures' }, h('thead', {}, h('tr', {}, ...heads.map((head) => (head === '' ? h('th', { scope: 'col' }, h('span', { class: 'visually-hidden', text: 'Actions' })) : h('th', { scope: 'col', text: head }))))), body),
  );
  return { element, body };
}

export const cell = (...children: Child[]): HTMLTableCellElement => h('td', {}, ...children);
export const headCell = (...children: Child[]): HTMLTableCellElement => h('th', { scope: 'row' }, ...children);
export const text = (value: string, className?: string): HTMLElement => h('span', { ...(className ? { class: className } : {}), text: value });

export type Tone = 'good' | 'warn' | 'none' | 'busy';

/** A word with a mark before it, so that colour is never the only sign. */
export function verdict(tone: Tone, words: string): HTMLElement {
  const sign = { good: '✓', warn: '!', none: '–', busy: '…' }[tone];
  return h('span', { class: `verdict verdict-${tone}` }, h('span', { class: 'verdict-sign', 'aria-hidden': 'true', text: sign }), words);
}

export function card(title: string, scope: string | null, ...children: Child[]): HTMLElement {
  return h(
    'section',
    { class: 'card', 'aria-label': title },
    h('header', { class: 'card-head' }, h('h3', { text: title }), scope === null ? null : h('span', { class: 'card-scope', text: scope })),
    ...children,
  );
}

export const empty = (sentence: string): HTMLElement => h('p', { class: 'empty', text: sentence });
