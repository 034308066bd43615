import { byId } from './dom.js';
import { asked, carried, showFilter, startFilter } from './filter.js';
import { moveRow, startKeys } from './keys.js';
import { follow, startLive, togglePause } from './live.js';
import { logsView } from './logs.js';
import { metricsView } from './metrics.js';
import { applyTheme, toggleTheme } from './theme.js';
import { traceView } from './trace.js';
import { tracesView } from './traces.js';

const views = { '/': tracesView, '/logs': logsView, '/metrics': metricsView };
let tracesSearch = '';
let opened = { path: '', close: () => false };

/** Shows what the address says; a change of the filter alone keeps the view and what is unfolded in it. */
function show() {
  const path = location.pathname;
  if (path !== opened.path) {
    const root = byId('view');
    root.replaceChildren();
    scrollTo(0, 0);
    const id = path.startsWith('/traces/') ? path.slice('/traces/'.length) : null;
    opened = { path, close: () => false, ...(id ? traceView(root, id) : (views[path] ?? tracesView)(root)) };
    for (const link of document.querySelectorAll('nav a')) {
      const isHere = link.pathname === path || (link.pathname === '/' && id !== null);
      if (isHere) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }
  if (path === '/') tracesSearch = location.search;
  showFilter(opened.narrowing);
  opened.sync?.();
  follow(opened.refresh);
}

export function go(address) {
  history.pushState(null, '', address);
  show();
}

/** From list to list the filter goes along; from a trace the way back is to the list as it was left. */
const viewAddress = (path) => (!opened.path.startsWith('/traces/') ? `${path}${carried()}` : path === '/' ? `/${tracesSearch}` : path);

/** Links of the page itself change the view in place. */
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href^="/"]') : null;
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(link.dataset.view ? viewAddress(link.pathname) : link.pathname + link.search);
});
addEventListener('popstate', show);

function back() {
  if (opened.close()) return;
  if (opened.path.startsWith('/traces/')) go(viewAddress('/'));
  else if (asked('text') || asked('resource')) go(opened.path);
}

applyTheme();
byId('theme').addEventListener('click', toggleTheme);
byId('help').addEventListener('click', () => byId('keys').showModal());
startFilter(show);
startLive();
startKeys({
  '/': () => byId('text').checkVisibility() && byId('text').focus(),
  '?': () => byId('keys').showModal(),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  ' ': togglePause,
  t: toggleTheme,
  1: () => go(viewAddress('/')),
  2: () => go(viewAddress('/logs')),
  3: () => go(viewAddress('/metrics')),
  Escape: back,
});
show();
