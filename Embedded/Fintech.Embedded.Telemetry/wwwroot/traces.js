import { colourOf, emptyRow, h, keyed, resource, setText } from './dom.js';
import { ask, asked, emptyWords, showStatus } from './filter.js';
import { count, duration, moment, plural, time, zone } from './format.js';
import { get, isCurrent } from './live.js';

export function tracesView(root) {
  const body = h('tbody');
  root.append(h('table', { class: 'list traces' },
    h('caption', { class: 'visually-hidden', text: 'Traces, newest first' }),
    h('thead', {}, h('tr', {},
      h('th', { scope: 'col', text: `Start (${zone})` }), h('th', { scope: 'col', text: 'Trace' }), h('th', { scope: 'col', text: 'Spans by resource' }),
      h('th', { scope: 'col', class: 'number', text: 'Spans' }), h('th', { scope: 'col', class: 'number', text: 'Duration' }))),
    body));
  const rows = keyed(body, (row) => row.id, makeRow, updateRow);
  const onlyErrors = h('input', { type: 'checkbox', on: { change: () => ask({ errors: onlyErrors.checked ? '1' : '' }) } });
  const narrowing = h('label', { class: 'check' }, onlyErrors, 'only errors');

  async function refresh() {
    const list = await get('/api/traces', { resource: asked('resource'), text: asked('text'), errors: asked('errors') });
    if (!isCurrent(refresh)) return;
    showStatus(list.status, list, 'trace');
    body.querySelector('.empty')?.remove();
    rows(list.rows);
    if (list.rows.length === 0) body.append(emptyRow(5, emptyWords('traces')));
  }

  return { refresh, narrowing: [narrowing], sync: () => { onlyErrors.checked = asked('errors') !== ''; } };
}

function makeRow(row) {
  const link = h('a', { href: `/traces/${row.id}`, 'data-row': true });
  return h('tr', { on: { click: (event) => event.target.closest('a') || getSelection().toString() !== '' || link.click() } },
    h('td', { class: 'time' }),
    h('td', { class: 'name' }, h('span', { class: 'from' }), link, h('span', { class: 'error' })),
    h('td', { class: 'shares' }),
    h('td', { class: 'number spans' }),
    h('td', { class: 'number duration' }));
}

function updateRow(element, row) {
  // Most rows are finished traces that stay as they are.
  const version = `${row.spans} ${row.duration} ${row.errors} ${row.name}`;
  if (element.dataset.version === version) return;
  element.dataset.version = version;
  const [at, name, shares, spans, took] = element.children;
  at.textContent = time(row.start);
  at.title = moment(row.start);
  name.children[0].replaceChildren(resource(row.resource));
  setText(name.children[1], row.name || '(no name)');
  setText(name.children[2], row.errors > 0 ? plural(row.errors, 'error') : '');
  shares.replaceChildren(...row.resources.map((share) => h('span', { class: `share ${colourOf(share.name)}`, title: `${share.name}: ${plural(share.spans, 'span')}` },
    h('i', { class: 'dot' }), h('span', { text: share.name }), h('b', { text: count(share.spans) }))));
  spans.textContent = count(row.spans);
  took.textContent = duration(row.duration);
}
