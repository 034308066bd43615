import { onPreferences, prefer, preferences } from '../settings/preferences';

type Theme = 'light' | 'dark';

const system = matchMedia('(prefers-color-scheme: dark)');
const listeners: (() => void)[] = [];

const systemTheme = (): Theme => (system.matches ? 'dark' : 'light');
const theme = (): Theme => {
  const chosen = preferences().theme;
  return chosen === 'system' ? systemTheme() : chosen;
};

/** Follows the system until the viewer chooses otherwise. */
export function startTheme(button: HTMLButtonElement): void {
  apply(button);
  system.addEventListener('change', () => apply(button));
  onPreferences(() => apply(button));
  button.addEventListener('click', toggleTheme);
}

/** Choosing what the system has means following it again. */
export function toggleTheme(): void {
  const next: Theme = theme() === 'dark' ? 'light' : 'dark';
  prefer({ theme: next === systemTheme() ? 'system' : next });
}

/** Canvas does not follow CSS by itself: charts take their colours anew here. */
export function onThemeChange(listener: () => void): void {
  listeners.push(listener);
}

/** The colour a token has now, in a form that a canvas understands. */
export function colour(token: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(--${token})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

let applied: Theme | null = null;

function apply(button: HTMLButtonElement): void {
  const chosen = preferences().theme;
  if (chosen === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = chosen;

  const now = theme();
  button.setAttribute('aria-label', now === 'dark' ? 'Light colours' : 'Dark colours');
  button.title = now === 'dark' ? 'Light colours (t)' : 'Dark colours (t)';
  button.dataset['theme'] = now;
  if (now === applied) return;
  applied = now;
  for (const listener of listeners) listener();
}
