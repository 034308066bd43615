import { h, keyed, resource, setText } from './dom.js';
import { asked, emptyWords, showStatus } from './filter.js';
import { age, count, exact, measure, unitWords } from './format.js';
import { get, isCurrent } from './live.js';
import { drawSparkline, makeSparkline } from './sparkline.js';

const kindWords = { gauge: 'gauge', counter: 'counter', level: 'up-down counter', distribution: 'histogram' };

export function metricsView(root) {
  const empty = h('p', { class: 'empty' });
  const sections = h('div', { class: 'metrics' });
  root.append(sections, empty);
  const groups = keyed(sections, (group) => group.name, makeGroup, (element, group) => element.render(group));

  async function refresh() {
    const list = await get('/api/metrics', { resource: asked('resource'), text: asked('text') });
    if (!isCurrent(refresh)) return;
    showStatus(list.status, list, 'series', 'first');
    groups(grouped(list.rows));
    setText(empty, list.rows.length === 0 ? emptyWords('metrics') : '');
  }

  return { refresh, narrowing: [] };
}

/** Rows come sorted by resource and name. */
function grouped(rows) {
  const resources = new Map();
  for (const row of rows) {
    if (!resources.has(row.resource)) resources.set(row.resource, { name: row.resource, metrics: new Map(), instances: new Set() });
    const group = resources.get(row.resource);
    const key = `${row.meter}\n${row.name}`;
    if (!group.metrics.has(key)) group.metrics.set(key, { key, head: row, rows: [] });
    group.metrics.get(key).rows.push(row);
    group.instances.add(row.instance);
  }
  return [...resources.values()];
}

function makeGroup(group) {
  const table = h('table', { class: 'list series' },
    h('caption', {}, resource(group.name)),
    h('thead', {}, h('tr', {},
      h('th', { scope: 'col', text: 'Metric' }), h('th', { scope: 'col', class: 'number', text: 'Now' }),
      h('th', { scope: 'col', class: 'number', text: 'Rate or mean', title: 'A counter\'s rate per second since the last export, a histogram\'s mean since it began' }),
      h('th', { scope: 'col', class: 'number', text: 'p50' }), h('th', { scope: 'col', class: 'number', text: 'p99' }),
      h('th', { scope: 'col', text: 'Last 60 exports', title: 'Gauges by value, counters by rate, histograms by mean' }))));
  const section = h('section', {}, table);
  const bodies = keyed(table, (metric) => metric.key, makeMetric, (element, metric) => element.render(metric));
  section.render = ({ metrics, instances }) => bodies([...metrics.values()].map((metric) => ({ ...metric, replicas: instances.size > 1 })));
  return section;
}

/** A metric with one series is one row; with more, the name stands above them. */
function makeMetric() {
  const body = h('tbody');
  const rows = keyed(body, (row) => `${row.role}\n${row.instance}\n${row.attributes}`,
    (row) => (row.role === 'title' ? h('tr', { class: 'metric' }, h('th', { scope: 'rowgroup', colspan: 6 }, ...titleOf(row))) : makeSeries(row)),
    (element, row) => row.role === 'title' || updateSeries(element, row));
  body.render = ({ head, rows: series, replicas }) => {
    const alone = series.length === 1;
    rows([...(alone ? [] : [{ ...head, role: 'title', instance: '', attributes: '' }]), ...series.map((row) => ({ ...row, role: alone ? 'alone' : 'series', replicas }))]);
  };
  return body;
}

function titleOf(row) {
  const words = [kindWords[row.kind], unitWords(row.unit)].filter(Boolean).join(', ');
  return [h('code', { class: 'metric-name', text: row.name, title: row.meter }), h('small', { text: words }), h('span', { class: 'description', text: row.description })];
}

function makeSeries(row) {
  const instance = row.replicas && row.instance ? [`instance=${row.instance.slice(0, 8)}`] : [];
  const tags = [...instance, ...(row.attributes ? row.attributes.split('\n') : [])];
  return h('tr', { class: row.role },
    h('td', { class: 'tags' },
      row.role === 'alone' ? h('div', { class: 'title' }, ...titleOf(row)) : null,
      tags.length === 0 && row.role === 'series' ? h('span', { class: 'quiet', text: 'no attributes' }) : null,
      ...tags.map((tag) => h('code', { text: tag, title: tag })), h('span', { class: 'age' })),
    h('td', { class: 'number now' }), h('td', { class: 'number mean' }), h('td', { class: 'number p50' }), h('td', { class: 'number p99' }),
    h('td', { class: 'spark' }, makeSparkline()));
}

function updateSeries(element, row) {
  const [tags, now, mean, p50, p99, spark] = element.children;
  const isDistribution = row.kind === 'distribution';
  setText(tags.lastElementChild, age(row.time));
  put(now, isDistribution ? row.count : row.value, isDistribution ? '' : row.unit);
  if (isDistribution) put(mean, row.mean, row.unit);
  else if (row.kind === 'counter') setText(mean, row.samples.length > 0 ? `${measure(row.samples.at(-1), row.unit === 'By' ? 'By' : '')}/s` : '');
  put(p50, isDistribution ? row.p50 : undefined, row.unit);
  put(p99, isDistribution ? row.p99 : undefined, row.unit);
  drawSparkline(spark.firstElementChild, row.samples);
}

function put(cell, value, unit) {
  if (value === undefined) return;
  setText(cell, measure(value, unit));
  if (value !== null) cell.title = exact(value);
}
