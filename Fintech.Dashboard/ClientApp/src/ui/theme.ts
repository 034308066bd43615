type Theme = 'light' | 'dark';

const key = 'fintech.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners: (() => void)[] = [];

const systemTheme = (): Theme => (system.matches ? 'dark' : 'light');
const chosen = (): Theme | null => {
  const kept = localStorage.getItem(key);
  return kept === 'light' || kept === 'dark' ? kept : null;
};

/** Follows the system until the viewer chooses otherwise; choosing what the system has means following it again. */
export function startTheme(button: HTMLButtonElement): void {
  apply(button);
  system.addEventListener('change', () => apply(button));
  button.addEventListener('click', () => toggleTheme(button));
}

export function toggleTheme(button: HTMLButtonElement): void {
  const next: Theme = (chosen() ?? systemTheme()) === 'dark' ? 'light' : 'dark';
  if (next === systemTheme()) localStorage.removeItem(key);
  else localStorage.setItem(key, next);
  apply(button);
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

function apply(button: HTMLButtonElement): void {
  const theme = chosen();
  if (theme) document.documentElement.dataset['theme'] = theme;
  else delete document.documentElement.dataset['theme'];

  const dark = (theme ?? systemTheme()) === 'dark';
  button.setAttribute('aria-label', dark ? 'Light colours' : 'Dark colours');
  button.title = dark ? 'Light colours (t)' : 'Dark colours (t)';
  button.dataset['theme'] = dark ? 'dark' : 'light';
  for (const listener of listeners) listener();
}
