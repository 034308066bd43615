import { byId, setText } from './dom.js';
import { timeShort } from './format.js';

const interval = 2000;
let paused = false;
let failure = null;
let timer = 0;
let refresh = async () => {};

/** Reads what the host has; a refusal becomes its sentence. */
export async function get(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  let response;
  try {
    response = await fetch(query.size > 0 ? `${path}?${query}` : path);
  } catch {
    throw new Error('The host does not answer: has it ended?');
  }
  if (response.status === 401) throw new Error('Signed out: open the login link that the running host printed.');
  if (!response.ok) throw Object.assign(new Error(await response.text()), { status: response.status });
  return response.json();
}

/** Shows the view now and every two seconds, as long as the page is looked at and not paused. */
export function follow(view) {
  refresh = view;
  return now();
}

/** A view that was left while it was reading must not write into the one that took its place. */
export const isCurrent = (view) => refresh === view;

export async function now() {
  clearTimeout(timer);
  const view = refresh;
  try {
    await view();
    if (view !== refresh) return;
    failure = null;
  } catch (error) {
    if (view !== refresh) return;
    failure = { since: failure?.since ?? Date.now(), words: error.message };
  }
  show();
  if (!paused && !document.hidden) timer = setTimeout(now, interval);
}

export function togglePause() {
  paused = !paused;
  byId('pause').textContent = paused ? 'Go on' : 'Pause';
  if (paused) {
    clearTimeout(timer);
    state('paused', `paused at ${timeShort(Date.now())}`);
  } else {
    now();
  }
}

export function startLive() {
  byId('pause').addEventListener('click', togglePause);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && !paused) now();
  });
}

function show() {
  if (failure) state('lost', `${failure.words} Shown is what was there at ${timeShort(failure.since)}.`);
  else if (!paused) state('live', 'live');
}

function state(kind, words) {
  const element = byId('state');
  element.dataset.kind = kind;
  element.title = words;
  setText(element, words);
}
