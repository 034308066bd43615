type Child = Node | string | null;

interface Attributes {
  readonly class?: string | undefined;
  readonly text?: string | undefined;
  readonly title?: string | undefined;
  readonly testid?: string | undefined;
  readonly [attribute: string]: string | undefined;
}

/** Makes an element. Text goes in as text, never as markup: merchant names and alert words are data. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (name === 'text') element.textContent = value;
    else if (name === 'testid') element.dataset['testid'] = value;
    else element.setAttribute(name, value);
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

/** The element of the page's skeleton with this id; a missing one is a mistake in index.html. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no element with the id "${id}".`);
  return element as T;
}

/** Sets text only where it changed: untouched nodes cost neither layout nor a screen reader's attention. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets an attribute only where it changed: an engine takes the same path of a drawing for a new one, and paints it again. */
export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function setTitle(element: HTMLElement, title: string): void {
  if (element.title !== title) element.title = title;
}

export function setData(element: HTMLElement, name: string, value: string): void {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

/** A row of a keyed list: the element and how to bring it up to date. */
export interface Row<T> {
  readonly element: HTMLElement;
  update(item: T): void;
}

/**
 * Keeps the children of a list in step with its items, one element per key for as long as the item is listed: so focus,
 * selection and scroll position survive every frame.
 */
export class KeyedList<T> {
  readonly #parent: HTMLElement;
  readonly #keyOf: (item: T) => string;
  readonly #create: (item: T, first: boolean) => Row<T>;
  readonly #rows = new Map<string, Row<T>>();
  #rendered = false;

  constructor(parent: HTMLElement, keyOf: (item: T) => string, create: (item: T, first: boolean) => Row<T>) {
    this.#parent = parent;
    this.#keyOf = keyOf;
    this.#create = create;
  }

  render(items: readonly T[]): void {
    const keys = new Set(items.map(this.#keyOf));
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }

    let next = this.#parent.firstElementChild;
    for (const item of items) {
      const key = this.#keyOf(item);
      let row = this.#rows.get(key);
      if (!row) {
        row = this.#create(item, !this.#rendered);
        this.#rows.set(key, row);
      }
      row.update(item);
      if (row.element === next) next = next.nextElementSibling;
      else this.#parent.insertBefore(row.element, next);
    }
    this.#rendered = true;
  }
}
