import { byId, colourOf, h, keyed, learnColours, resource, setText } from './dom.js';
import { asked } from './filter.js';
import { count, duration, moment, plural, time, zone } from './format.js';
import { get, isCurrent } from './live.js';
import { spanPanel } from './span.js';
import { waterfall } from './waterfall.js';

/** One trace: what it is, which traces it is linked with, its spans in time, and beside them the one that was chosen. */
export function traceView(root, id) {
  const head = h('header', { class: 'trace-head' });
  const linked = h('ul', { class: 'linked' });
  const aside = h('aside', { class: 'panel', 'aria-label': 'Span', hidden: true });
  const lost = h('p', { class: 'empty' });
  const chart = waterfall((span) => choose(span));
  root.append(head, linked, lost, h('div', { class: 'trace-body' }, chart.element, aside));
  const links = keyed(linked, (link) => `${link.direction} ${link.traceId}`, linkItem);
  const panel = spanPanel(aside, id, () => choose(null));
  byId('held').replaceChildren();

  function choose(span) {
    if (span === asked('span')) span = null;
    history.replaceState(null, '', span ? `${location.pathname}?span=${span}` : location.pathname);
    sync();
    if (span) chart.reveal();
  }

  function sync() {
    chart.select(asked('span'));
    panel.show(asked('span'));
  }

  async function refresh() {
    let trace;
    try {
      trace = await get(`/api/traces/${id}`);
    } catch (error) {
      if (error.status !== 404 && error.status !== 400) throw error;
      if (isCurrent(refresh)) setText(lost, chart.element.hidden ? error.message : `${error.message} Shown is what there was.`);
      return;
    }
    if (!isCurrent(refresh)) return;
    setText(lost, '');
    learnColours(trace.palette);
    renderHead(head, trace);
    links(trace.linked);
    linked.dataset.more = trace.linkedMore > 0 ? `and ${count(trace.linkedMore)} more` : '';
    chart.render(trace);
    await panel.refresh(trace.start);
  }

  return {
    refresh,
    sync,
    close: () => {
      if (asked('span') === '') return false;
      choose(null);
      return true;
    },
  };
}

function renderHead(head, trace) {
  const errors = trace.spans.filter((span) => span.isError).length;
  const logs = trace.spans.reduce((sum, span) => sum + span.logs, 0);
  const version = JSON.stringify([trace.spans.length, trace.duration, trace.name, logs]);
  if (head.dataset.version === version) return;
  head.dataset.version = version;
  const resources = Map.groupBy(trace.spans, (span) => span.resource);
  head.replaceChildren(
    h('a', { class: 'back', href: '/', 'data-view': 'traces', text: '← Traces' }),
    h('h2', { text: trace.name || '(no name)' }),
    h('p', { class: 'facts' },
      h('span', { text: `${time(trace.start)} ${zone}`, title: moment(trace.start) }),
      h('b', { text: duration(trace.duration) }),
      h('span', { text: plural(trace.spans.length, 'span') }),
      errors > 0 ? h('span', { class: 'error', text: plural(errors, 'error') }) : null,
      h('a', { href: `/logs?trace=${trace.id}`, text: logs > 0 ? plural(logs, 'log record') : 'logs' }),
      h('code', { class: 'id', text: trace.id, title: 'Trace id' })),
    h('p', { class: 'legend' }, ...[...resources].map(([name, spans]) =>
      h('span', { class: `share ${colourOf(name)}` }, h('i', { class: 'dot' }), h('span', { text: name }), h('b', { text: count(spans.length) })))));
}

function linkItem(link) {
  const words = link.direction === 'to' ? 'links to' : 'linked from';
  return h('li', {}, h('span', { class: 'quiet', text: words }),
    h('a', { href: `/traces/${link.traceId}?span=${link.spanId}`, title: `Trace ${link.traceId}` },
      link.name === null ? h('span', { text: `trace ${link.traceId.slice(0, 8)}, not in memory` }) : resource(link.resource),
      link.name === null ? null : h('span', { text: link.name })),
    link.links > 1 ? h('span', { class: 'quiet', text: plural(link.links, 'link') }) : null);
}
