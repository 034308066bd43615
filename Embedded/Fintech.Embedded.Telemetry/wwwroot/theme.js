const key = 'fintech.telemetry.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const systemTheme = () => (system.matches ? 'dark' : 'light');

/** Follows the system until the viewer chooses otherwise; choosing what the system has means following it again. */
export function applyTheme() {
  const chosen = localStorage.getItem(key);
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
}

export function toggleTheme() {
  const next = (localStorage.getItem(key) ?? systemTheme()) === 'dark' ? 'light' : 'dark';
  if (next === systemTheme()) localStorage.removeItem(key);
  else localStorage.setItem(key, next);
  applyTheme();
}
