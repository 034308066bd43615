import { attributeTable, emptyRow, h, keyed, resource } from './dom.js';
import { ask, asked, emptyWords, showStatus } from './filter.js';
import { level, moment, time, zone } from './format.js';
import { get, isCurrent } from './live.js';

const choices = [['', 'every level'], ['5', 'debug and up'], ['9', 'info and up'], ['13', 'warn and up'], ['17', 'errors']];

export function logsView(root) {
  const body = h('tbody');
  root.append(h('table', { class: 'list logs' },
    h('caption', { class: 'visually-hidden', text: 'Log records, newest first' }),
    h('thead', {}, h('tr', {},
      h('th', { scope: 'col', text: `Time (${zone})` }), h('th', { scope: 'col', text: 'Level' }), h('th', { scope: 'col', text: 'Resource' }),
      h('th', { scope: 'col', text: 'Message' }), h('th', { scope: 'col', text: 'Trace' }))),
    body));
  const unfolded = new Set();
  const rows = keyed(body, (item) => item.key, (item) => item.of ? makeDetails(item.of) : makeRow(item, toggle));
  let shown = [];

  function toggle(row, button) {
    const opens = !unfolded.delete(row.number);
    if (opens) unfolded.add(row.number);
    button.setAttribute('aria-expanded', String(opens));
    render();
  }

  function render() {
    body.querySelector('.empty')?.remove();
    rows(shown.flatMap((row) => [{ ...row, key: row.number }, ...(unfolded.has(row.number) ? [{ key: `of ${row.number}`, of: row }] : [])]));
    if (shown.length === 0) body.append(emptyRow(5, emptyWords('log records')));
  }

  const select = h('select', { 'aria-label': 'Least level', on: { change: () => ask({ severity: select.value }) } },
    ...choices.map(([value, words]) => h('option', { value, text: words })));
  const ofTrace = h('button', { class: 'chip', type: 'button', 'aria-pressed': 'true', title: 'Show the records of all traces', on: { click: () => ask({ trace: '' }) } });

  function sync() {
    select.value = asked('severity');
    ofTrace.hidden = asked('trace') === '';
    ofTrace.textContent = `trace ${asked('trace').slice(0, 8)} ×`;
  }

  async function refresh() {
    const list = await get('/api/logs', { resource: asked('resource'), text: asked('text'), severity: asked('severity'), trace: asked('trace') });
    if (!isCurrent(refresh)) return;
    showStatus(list.status, list, 'log record');
    shown = list.rows;
    render();
  }

  return { refresh, sync, narrowing: [select, ofTrace] };
}

function makeRow(row, toggle) {
  const button = h('button', { type: 'button', 'data-row': true, 'aria-expanded': 'false', text: row.body || '(no message)', on: { click: () => toggle(row, button) } });
  return h('tr', { class: `level-${level(row.severity)}` },
    h('td', { class: 'time', text: time(row.time), title: moment(row.time) }),
    h('td', { class: 'level', text: level(row.severity) }),
    h('td', { class: 'who' }, resource(row.resource)),
    h('td', { class: 'message' }, button),
    h('td', { class: 'to-trace' }, row.traceId ? h('a', { href: `/traces/${row.traceId}${row.spanId ? `?span=${row.spanId}` : ''}`, text: row.traceId.slice(0, 8), title: `Trace ${row.traceId}` }) : null));
}

function makeDetails(row) {
  return h('tr', { class: 'details' }, h('td', { colspan: 5 }, attributeTable([
    { key: 'category', value: row.category },
    ...(row.instance ? [{ key: 'service.instance.id', value: row.instance }] : []),
    ...row.attributes,
  ])));
}
