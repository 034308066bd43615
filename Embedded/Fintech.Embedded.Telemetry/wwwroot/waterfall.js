import { colourOf, h, keyed, setText } from './dom.js';
import { duration, plural } from './format.js';

const ticks = [0, 0.25, 0.5, 0.75, 1];
const deepest = 12;

function makeTick(at) {
  const tick = h('span', { class: 'tick' });
  if (at < 1) tick.style.insetInlineStart = `${at * 100}%`;
  return tick;
}

/** The spans of a trace as a tree, each with its bar at its time. `onChoose` gets the id of the span clicked. */
export function waterfall(onChoose) {
  const folded = new Set();
  const ruler = h('div', { class: 'ruler', 'aria-hidden': 'true' }, h('span', { class: 'ruler-name', text: 'Span' }),
    h('span', { class: 'ruler-lane' }, ...ticks.map(makeTick)), h('span', { class: 'ruler-took', text: 'Duration' }));
  const tree = h('div', { class: 'tree', role: 'tree', 'aria-label': 'Spans of this trace' });
  const element = h('div', { class: 'waterfall', hidden: true }, ruler, tree);
  const rows = keyed(tree, (node) => node.span.id, (node) => makeRow(node.span.id), updateRow);
  let trace = null;
  let selected = '';

  function makeRow(id) {
    return h('div', { class: 'span', role: 'treeitem', tabindex: '0', 'data-row': true, on: {
      click: (event) => (event.target.closest('.fold') ? fold(id) : onChoose(id)),
      keydown: (event) => onKey(event, id),
    } },
    h('span', { class: 'span-name' }, h('span', { class: 'fold' }), h('i', { class: 'dot' }), h('b'), h('small'), h('span', { class: 'marks' })),
    h('span', { class: 'lane' }, h('i', { class: 'span-bar' })),
    h('span', { class: 'took' }));
  }

  function updateRow(row, { span, level, children }) {
    const [name, lane, took] = row.children;
    const [foldMark, , title, who, marks] = name.children;
    const colour = colourOf(span.resource);
    row.className = `span ${colour}${span.isError ? ' is-error' : ''}`;
    row.setAttribute('aria-level', String(level + 1));
    row.setAttribute('aria-selected', String(span.id === selected));
    if (children > 0) row.setAttribute('aria-expanded', String(!folded.has(span.id)));
    name.style.paddingInlineStart = `${Math.min(level, deepest)}rem`;
    foldMark.dataset.state = children === 0 ? '' : folded.has(span.id) ? 'folded' : 'open';
    setText(title, span.name || '(no name)');
    title.title = span.name;
    setText(who, span.resource);
    setText(marks, [
      span.isError ? 'error' : '',
      span.links > 0 ? plural(span.links, 'link') : '',
      span.events > 0 ? plural(span.events, 'event') : '',
      span.logs > 0 ? plural(span.logs, 'log') : '',
      folded.has(span.id) ? `${plural(children, 'span')} folded` : '',
    ].filter(Boolean).join(' · '));
    const whole = trace.duration || 1;
    lane.firstElementChild.style.insetInlineStart = `${(span.offset / whole) * 100}%`;
    lane.firstElementChild.style.inlineSize = `${(span.duration / whole) * 100}%`;
    setText(took, duration(span.duration));
    took.title = `starts at ${duration(span.offset)}`;
  }

  function fold(id) {
    if (!folded.delete(id)) folded.add(id);
    draw();
  }

  function onKey(event, id) {
    const isFolded = folded.has(id);
    if (event.key === 'Enter' || event.key === ' ') onChoose(id);
    else if (event.key === 'ArrowLeft' && !isFolded) fold(id);
    else if (event.key === 'ArrowRight' && isFolded) fold(id);
    else if (event.key === 'ArrowDown') event.currentTarget.nextElementSibling?.focus();
    else if (event.key === 'ArrowUp') event.currentTarget.previousElementSibling?.focus();
    else return;
    event.preventDefault();
  }

  function draw() {
    if (!trace) return;
    [...ruler.children[1].children].forEach((tick, place) => setText(tick, duration(trace.duration * ticks[place])));
    rows(inOrder(trace.spans, folded));
  }

  return {
    element,
    render(newer) {
      const isFirst = trace === null;
      trace = newer;
      element.hidden = false;
      draw();
      if (isFirst) tree.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'center' });
    },
    /** On a narrow screen the panel is a sheet over the lower half: the span it tells of moves above it. */
    reveal() {
      if (matchMedia('(max-width: 64rem)').matches) tree.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'start' });
    },
    select(id) {
      selected = id;
      draw();
    },
  };
}

/**
 * Depth first, children in order of their start, without what is folded away. Written with a stack: a chain of spans may be
 * as long as a trace. Spans that name each other as parents hang from no root and are appended as roots.
 */
export function inOrder(spans, folded) {
  const children = Map.groupBy(spans, (span) => span.parent);
  const nodes = [];
  const seen = new Set();
  for (const root of [...(children.get(null) ?? []), ...spans]) {
    const stack = seen.has(root.id) ? [] : [{ span: root, level: 0, hidden: false }];
    while (stack.length > 0) {
      const { span, level, hidden } = stack.pop();
      if (seen.has(span.id)) continue;
      seen.add(span.id);
      const own = children.get(span.id) ?? [];
      if (!hidden) nodes.push({ span, level, children: own.length });
      for (const child of own.toReversed()) stack.push({ span: child, level: level + 1, hidden: hidden || folded.has(span.id) });
    }
  }
  return nodes;
}
