import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './header/header.css';
import './shell/shell.css';
import './ui/pieces.css';
import type { LiveFrame } from './contract';
import { integer } from './format/number';
import { Badge } from './header/badge';
import { Books } from './header/books';
import { NoticeLine, noticeOf } from './header/notice';
import { LiveConnection } from './live/connection';
import { assess, type HealthState } from './live/health';
import { Newcomers } from './live/newcomers';
import type { LivePage } from './live/page';
import { LiveState } from './live/state';
import { windowOf } from './live/windows';
import { Calls } from './settings/calls';
import { Settings } from './settings/dialog';
import { OpenAlerts } from './shell/open-alerts';
import type { PageModule } from './shell/page';
import { type Tab, Tabs } from './shell/tabs';
import { checkKnown, stayKnown, type User, whoIsThere } from './shell/user';
import { showUser } from './shell/user-menu';
import { Wall } from './shell/wall';
import { Announcer } from './ui/announcer';
import { byId } from './ui/dom';
import { Help } from './ui/help';
import { type KeyActions, startKeys } from './ui/keys';
import { paced } from './ui/paced';
import { startTheme, toggleTheme } from './ui/theme';

// The shell: the connection and its badge, the tabs and the keys, on every page. The pages themselves lie in folders of their own.
const state = new LiveState(windowOf(location.pathname === '/' ? location.search : ''));
const badge = new Badge();
const notice = new NoticeLine();
const books = new Books();
const announcer = new Announcer();
const calls = new Calls();
const newcomers = new Newcomers();
const settings = new Settings();
const help = new Help(() => ({ page: tabs.title, ofPage: tabs.page?.keys ?? {}, everywhere }));
const openAlerts = new OpenAlerts(byId('tabs-alerts'));
const wall = new Wall(byId<HTMLButtonElement>('wall'));
const themeButton = byId<HTMLButtonElement>('theme');
let user: User | null = null;
let title = 'Live';

// Its charts are most of what there is to load, and the other pages need none of it.
let live: LivePage | null = null;
async function loadLive(): Promise<PageModule> {
  const { LivePage } = await import('./live/page');
  return { create: () => (live ??= new LivePage(state, announcer, () => connection.choose())) };
}
const tab = (path: string, title: string, id: string, load: Tab['load']): Tab => ({ path, title, root: byId(id), load });
const tabs = new Tabs(
  [
    tab('/', 'Live', 'live', loadLive),
    tab('/alerts', 'Alerts', 'triage', () => import('./triage/page')),
    tab('/history', 'History', 'history', () => import('./history/page')),
    tab('/pipeline', 'Pipeline', 'pipeline', () => import('./pipeline/page')),
  ],
  { announcer, user: () => user, go: (address) => tabs.go(address), recount: () => openAlerts.wake() },
  (shown) => {
    title = shown.title;
    byId<HTMLAnchorElement>('skip').href = `#${shown.root.id}`;
    drawTitle();
  },
);

function drawTitle(): void {
  const alerts = state.view?.frame.kpis.alerts ?? 0;
  const page = title !== 'Live' ? title : alerts === 0 ? null : alerts === 1 ? '1 alert' : `${integer(alerts)} alerts`;
  document.title = page === null ? 'Fintech' : `${page} · Fintech`;
}

/** On every page, and whatever is shown: a filter narrows what one looks at, not what one is called for. */
function callFor(frame: LiveFrame): void {
  const fresh = newcomers.observe(frame);
  if (fresh.length === 0) return;
  announcer.alarm(fresh);
  calls.raise(fresh);
  openAlerts.wake();
}

let lastHealth: HealthState | null = null;
const drawHealth = paced(() => {
  const pipeline = state.newest?.pipeline ?? null;
  const now = state.clock.now();
  const health = assess({ link: state.link, problem: state.problem, pipeline, silence: state.clock.silence(), now });
  badge.render(health);
  live?.renderPause();
  if (pipeline) {
    notice.render(noticeOf(pipeline, now));
    books.render(pipeline);
  }
  if (lastHealth !== null && lastHealth !== health.state) announcer.say(`${health.label}: ${health.detail}.`);
  lastHealth = health.state;
}, 250);

const connection = new LiveConnection('/hubs/live', state, {
  onLink(link, problem) {
    // Until the first numbers came there is nothing to reconnect to.
    state.link = link;
    state.problem = problem;
    if (link !== 'connected') checkKnown();
    drawHealth();
  },
  onSnapshot(snapshot) {
    state.applySnapshot(snapshot);
    callFor(snapshot.frame);
    drawHealth();
    drawTitle();
    live?.drawSnapshot();
  },
  onRefused(sentence) {
    state.refuse(sentence);
    connection.choose();
  },
  onFrame(frame) {
    callFor(frame);
    if (!state.applyFrame(frame)) return;
    drawHealth();
    drawTitle();
    live?.drawFrame();
  },
});

const everywhere: KeyActions = {
  1: { does: 'Live, alerts, history, pipeline', run: () => tabs.goTo(0) },
  2: { does: 'Live, alerts, history, pipeline', run: () => tabs.goTo(1) },
  3: { does: 'Live, alerts, history, pipeline', run: () => tabs.goTo(2) },
  4: { does: 'Live, alerts, history, pipeline', run: () => tabs.goTo(3) },
  s: { does: 'Settings', run: () => settings.toggle() },
  t: { does: 'Light or dark colours', run: toggleTheme },
  W: { does: 'Wall view, and back', run: () => wall.toggle() },
  '?': { does: 'This help', run: () => help.toggle() },
};

startTheme(themeButton);
startKeys(() => ({ ...everywhere, ...tabs.page?.keys }));
byId('help-button').addEventListener('click', () => help.toggle());
byId('settings-button').addEventListener('click', () => settings.toggle());
tabs.start();
drawHealth();

// Ages go on growing when no frame comes.
setInterval(() => {
  drawHealth();
  live?.drawAges();
  connection.check();
}, 1_000);

void connection.run();
void whoIsThere().then(
  (known) => {
    user = known;
    showUser(byId('user'), known);
  },
  () => undefined, // The badge says already that the server does not answer.
);
stayKnown();
