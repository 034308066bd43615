/** Makes an element. Text goes in as text, never as markup: span names and log lines are data from elsewhere. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'text') element.textContent = value;
    else if (name === 'on') for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Sets text only where it changed: untouched nodes keep selection and cost a screen reader nothing. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Keeps the children of an element in step with items, one element per key for as long as the item is listed, so that focus
 * and selection survive a refresh; what is in it from the start stays ahead of them. `make(item)` returns an element; `update(element, item)` brings it up to date.
 */
export function keyed(parent, keyOf, make, update = () => {}) {
  const rows = new Map();
  const head = parent.lastElementChild;
  return (items) => {
    const keys = new Set(items.map(keyOf));
    for (const [key, row] of rows) {
      if (keys.has(key)) continue;
      row.remove();
      rows.delete(key);
    }
    let next = head ? head.nextElementSibling : parent.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      let row = rows.get(key);
      if (!row) rows.set(key, row = make(item));
      update(row, item);
      if (row === next) next = next.nextElementSibling;
      else parent.insertBefore(row, next);
    }
  };
}

/** A resource's name behind its colour. */
export function resource(name, extra = '') {
  return h('span', { class: `resource ${colourOf(name)}` }, h('i', { class: 'dot' }), h('span', { text: name }), extra && h('small', { text: extra }));
}

const colours = new Map();

/** The host gives each resource a place in the palette; here it is only remembered. */
export function learnColours(resources) {
  for (const { name, colour } of resources) colours.set(name, colour);
}

/** The quieter of the tokens' colours last: vermilion is near the red of errors, grey near none. */
const palette = [5, 1, 3, 7, 2, 4, 6, 8];
export const colourOf = (name) => `category-${palette[colours.get(name) ?? 7]}`;

export function attributeTable(attributes) {
  return h('dl', { class: 'attributes' }, ...[...attributes].sort((a, b) => a.key.localeCompare(b.key)).map(({ key, value }) =>
    h('div', { class: value.includes('\n') || value.length > 120 ? 'long' : undefined }, h('dt', {}, ...key.split(/(?<=[._])/).flatMap((part) => [part, h('wbr')])), h('dd', { text: value === '' ? '(empty)' : value, class: value === '' ? 'quiet' : undefined }))));
}

/** A list with nothing in it says why. */
export function emptyRow(columns, words) {
  return h('tr', { class: 'empty' }, h('td', { colspan: columns, text: words }));
}
