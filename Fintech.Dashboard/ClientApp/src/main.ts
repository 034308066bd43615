import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './header/header.css';
import './kpis/kpis.css';
import './amounts/amounts.css';
import './breakdown/breakdown.css';
import './alerts/alerts.css';
import './latest/latest.css';
import './ui/help.css';
import { AlertDetail } from './alerts/detail';
import { AlertList } from './alerts/list';
import { AmountPanel } from './amounts/panel';
import { CategoryTable, MerchantTable } from './breakdown/tables';
import { type AlertItem, type WindowKey, windows } from './contract';
import { Badge } from './header/badge';
import { Books } from './header/books';
import { NoticeLine, noticeOf } from './header/notice';
import { PauseControl } from './header/pause-control';
import { WindowPicker } from './header/window-picker';
import { KpiCards } from './kpis/kpis';
import { LatestList } from './latest/latest';
import { LiveConnection } from './live/connection';
import { assess, type HealthState } from './live/health';
import { LiveState } from './live/state';
import { addressOf, windowOf } from './live/windows';
import { Announcer } from './ui/announcer';
import { byId } from './ui/dom';
import { Help } from './ui/help';
import { startKeys } from './ui/keys';
import { paced } from './ui/paced';
import { startTheme, toggleTheme } from './ui/theme';

const state = new LiveState(windowOf(location.search));

const badge = new Badge();
const notice = new NoticeLine();
const books = new Books();
const pauseControl = new PauseControl(togglePause);
const picker = new WindowPicker(pick);
const cards = new KpiCards();
const amounts = new AmountPanel(openById, renderCharts);
const categories = new CategoryTable();
const merchants = new MerchantTable();
const alerts = new AlertList(open);
const detail = new AlertDetail(() => {
  alerts.focusSelected();
  alerts.select(null);
});
const latest = new LatestList();
const announcer = new Announcer();
const help = new Help(byId<HTMLButtonElement>('help-button'));
const themeButton = byId<HTMLButtonElement>('theme');

function renderFigures(): void {
  const { view } = state;
  if (!view) return;
  cards.render(view);
  alerts.render(view, threshold());
  document.title = view.frame.kpis.alerts > 0 ? `${view.frame.kpis.alerts} alerts · Fintech` : 'Fintech';
}

function renderCharts(): void {
  const { view } = state;
  if (!view) return;
  amounts.render(view, threshold());
  categories.render(view);
  merchants.render(view);
  // A server that knows no totals by merchant sends none, and the room goes to the others.
  document.body.classList.toggle('has-merchants', view.frame.merchants.length > 0);
}

function renderLatest(): void {
  if (state.view) latest.render(state.view);
}

// Figures follow the frames; charts are redrawn four times a second, and rows that replace one another wholesale once.
const drawFigures = paced(renderFigures, 100);
const drawCharts = paced(renderCharts, 250);
const drawLatest = paced(renderLatest, 1_000);

let lastHealth: HealthState | null = null;
const drawHealth = paced(() => {
  const pipeline = state.newest?.pipeline ?? null;
  const now = state.clock.now();
  const health = assess({ link: state.link, problem: state.problem, pipeline, silence: state.clock.silence(), now });
  badge.render(health);
  pauseControl.render(state.pause);
  if (pipeline) {
    notice.render(noticeOf(pipeline, now));
    books.render(pipeline);
  }
  if (lastHealth !== null && lastHealth !== health.state) announcer.say(`${health.label}: ${health.detail}.`);
  lastHealth = health.state;
}, 250);

const connection = new LiveConnection('/hubs/live', state.window, {
  onLink(link, problem) {
    // Until the first numbers came there is nothing to reconnect to.
    state.link = link;
    state.problem = problem;
    drawHealth();
  },
  onSnapshot(snapshot) {
    state.applySnapshot(snapshot);
    renderAll();
  },
  onFrame(frame) {
    const before = state.newest;
    if (!state.applyFrame(frame)) return;
    const known = new Set(before?.alerts.map((alert) => alert.id));
    announcer.alarm(frame.alerts.filter((alert) => !known.has(alert.id)));
    drawFrame();
  },
});

function drawFrame(): void {
  drawHealth();
  if (state.pause) return;
  drawFigures();
  drawCharts();
  drawLatest();
}

/** At once and not paced: after a pause has begun nothing may move any more. */
function renderAll(): void {
  drawHealth();
  renderFigures();
  renderCharts();
  renderLatest();
}

/** As the server says it, else as the newest alert met it. */
function threshold(): number | null {
  const frame = state.view?.frame;
  return frame?.threshold ?? frame?.alerts.flatMap((alert) => alert.hits).find((hit) => hit.input === 'amount')?.threshold ?? null;
}

function pick(window: WindowKey): void {
  state.window = window;
  history.replaceState(null, '', addressOf(window, location.href));
  picker.show(window);
  connection.choose(window);
}

function togglePause(): void {
  if (state.pause) state.resume();
  else state.hold();
  document.body.classList.toggle('is-paused', state.pause !== null);
  announcer.say(state.pause ? 'Paused.' : 'Resumed.');
  renderAll();
}

function open(alert: AlertItem): void {
  alerts.select(alert.id);
  detail.show(alert, state.arrivalOf(alert.id));
  detail.focus();
}

function openById(id: string): void {
  const alert = alerts.find(id);
  if (alert) open(alert);
}

function step(by: 1 | -1): void {
  const alert = alerts.move(by);
  if (alert && detail.open) detail.show(alert, state.arrivalOf(alert.id));
}

startTheme(themeButton);
startKeys({
  ' ': togglePause,
  w: () => pick(windows[(windows.indexOf(state.window) + 1) % windows.length]!),
  j: () => step(1),
  k: () => step(-1),
  Enter: () => alerts.selected && open(alerts.selected),
  Escape: () => detail.close(),
  t: () => toggleTheme(themeButton),
  '?': () => help.toggle(),
});
addEventListener('popstate', () => pick(windowOf(location.search)));
picker.show(state.window);
drawHealth();

// Ages go on growing when no frame comes.
setInterval(() => {
  drawHealth();
  if (!state.pause) drawFigures();
}, 1_000);

void connection.run();
