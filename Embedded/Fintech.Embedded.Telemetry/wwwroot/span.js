import { attributeTable, h, resource } from './dom.js';
import { duration, level, moment, plural, time, zone } from './format.js';
import { get } from './live.js';

/** What is known of one span: attributes, events, links to and from, and the log records written while it ran. */
export function spanPanel(aside, traceId, onClose) {
  let shown = '';
  let start = null;
  let version = '';

  async function load() {
    if (shown === '') return;
    const id = shown;
    const span = await get(`/api/traces/${traceId}/spans/${id}`);
    const now = JSON.stringify(span);
    if (id !== shown || now === version) return;
    version = now;
    aside.replaceChildren(...content(span, start, onClose));
    aside.hidden = false;
  }

  return {
    show(id) {
      if (id === shown) return;
      shown = id;
      version = '';
      aside.hidden = id === '';
      aside.replaceChildren();
      if (id !== '' && start !== null) load().catch((error) => aside.replaceChildren(h('p', { class: 'empty', text: error.message })));
    },
    refresh(traceStart) {
      start = traceStart;
      return load();
    },
  };
}

function content(span, traceStart, onClose) {
  return [
    h('header', {},
      h('h3', { text: span.name || '(no name)' }),
      h('button', { class: 'button', type: 'button', 'aria-label': 'Close the span', title: 'Close (esc)', text: '×', on: { click: onClose } })),
    h('p', { class: 'facts' }, resource(span.resource), h('span', { text: span.kind.toLowerCase() }), h('b', { text: duration(span.duration) }),
      h('span', { text: span.start === traceStart ? 'at the start' : `after ${duration(span.start - traceStart)}`, title: `${time(span.start)} ${zone}, ${moment(span.start)}` })),
    span.isError ? h('p', { class: 'failed', text: span.statusMessage || 'Failed, without saying why.' }) : null,
    section('Attributes', span.attributes.length, () => attributeTable(span.attributes)),
    section('Events', span.events.length, () => h('ol', { class: 'happened' }, ...span.events.map((event) => h('li', {},
      h('span', { class: 'quiet', text: duration(event.offset) }), h('b', { text: event.name }), event.attributes.length > 0 ? attributeTable(event.attributes) : null)))),
    section('Links', span.links.length, () => h('ul', { class: 'happened' }, ...span.links.map(linkItem))),
    section('Log records', span.logs.length, () => h('ol', { class: 'happened' }, ...span.logs.map((log) => h('li', { class: `level-${level(log.severity)}` },
      h('span', { class: 'quiet', text: duration(log.time - span.start) }), h('span', { class: 'level', text: level(log.severity) }), h('span', { class: 'body', text: log.body }))))),
    h('footer', { class: 'quiet' }, attributeTable([
      { key: 'span id', value: span.id },
      { key: 'source', value: span.scope },
      ...(span.instance ? [{ key: 'service.instance.id', value: span.instance }] : []),
      ...(span.droppedBySender > 0 ? [{ key: 'left out by the sender', value: plural(span.droppedBySender, 'entry') }] : []),
    ])),
  ].filter(Boolean);
}

function section(title, length, fill) {
  return length === 0 ? null : h('section', {}, h('h4', { text: title }, h('small', { text: String(length) })), fill());
}

function linkItem(link) {
  return h('li', {}, h('span', { class: 'quiet', text: link.direction === 'to' ? 'to' : 'from' }),
    h('a', { href: `/traces/${link.traceId}?span=${link.spanId}` },
      link.name === null ? h('span', { text: `span ${link.spanId}, not in memory` }) : resource(link.resource), link.name === null ? null : h('span', { text: link.name })),
    link.attributes.length > 0 ? attributeTable(link.attributes) : null);
}
