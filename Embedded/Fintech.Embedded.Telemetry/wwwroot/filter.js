import { byId, colourOf, h, keyed, learnColours, setText } from './dom.js';
import { count, plural } from './format.js';

/** What is asked for lives in the address, so that it can be kept and passed on: ?resource=producer&text=XADD */
export const asked = (name) => new URLSearchParams(location.search).get(name) ?? '';

let changed = () => {};

export function ask(values) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  history.replaceState(null, '', query.size > 0 ? `${location.pathname}?${query}` : location.pathname);
  changed();
}

/** Resource and text go with the viewer from view to view, the rest stays behind. */
export function carried() {
  const query = new URLSearchParams();
  for (const name of ['resource', 'text']) if (asked(name)) query.set(name, asked(name));
  return query.size > 0 ? `?${query}` : '';
}

export function startFilter(onChange) {
  changed = onChange;
  const text = byId('text');
  let timer = 0;
  const apply = () => {
    clearTimeout(timer);
    if (text.value.trim() !== asked('text')) ask({ text: text.value.trim() });
  };
  text.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(apply, 200);
  });
  // Who types and goes on within those milliseconds finds the whole word in the address when coming back.
  text.addEventListener('blur', apply);
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      text.blur();
      event.preventDefault();
    }
  });
}

/** Brings the bar in line with the address; a view adds what only it can narrow by. A view without lists has no bar. */
export function showFilter(narrowing) {
  byId('filters').hidden = !narrowing;
  if (!narrowing) return;
  if (document.activeElement !== byId('text')) byId('text').value = asked('text');
  const slot = byId('narrow');
  if (slot.firstElementChild !== (narrowing[0] ?? null)) slot.replaceChildren(...narrowing);
}

const all = { name: '', colour: null };
let renderChips = null;

/** What the answer of every list brings: resources and how full the memory is. */
export function showStatus(status, shown, word, first = 'newest') {
  learnColours(status.resources);
  renderChips ??= keyed(
    byId('resources'),
    (resource) => resource.name,
    (resource) => h('button', { class: `chip ${resource === all ? '' : colourOf(resource.name)}`, type: 'button', on: { click: () => ask({ resource: resource.name }) } },
      resource === all ? null : h('i', { class: 'dot' }), resource === all ? 'All' : resource.name),
    (chip, resource) => chip.setAttribute('aria-pressed', String(resource.name === asked('resource'))));
  renderChips([all, ...status.resources]);
  setText(byId('count'), `${shown.more ? `${first} ` : ''}${plural(shown.rows.length, word)}`);
  byId('held').replaceChildren('In memory', holding(status.spans, 'spans'), holding(status.logs, 'log records'), holding(status.series, 'series'));
}

const holding = ({ held, limit, dropped }, word) => h('span', { text:
  `${count(held)} of ${count(limit)} ${word}${dropped > 0 ? `, ${count(dropped)} dropped to make room` : ''}` });

/** An empty list says whether nothing came or nothing passed. */
export const emptyWords = (what) => (asked('resource') || asked('text') || asked('errors') || asked('severity') || asked('trace')
  ? `No ${what} in memory match this filter.`
  : `No ${what} yet. They appear here as soon as a service sends them.`);
