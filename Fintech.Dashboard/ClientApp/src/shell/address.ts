// The address bar belongs to the pages, but for what is kept wherever one goes: the view for a wall. Pages write it by these functions only, so
// that it is known where each was left, also by "back", which tells of it when the address has changed already.

const lastOf = new Map<string, string>();

/** The page's own address when it was last on the screen: window, filter, what was open. */
export const lastAddress = (path: string): string => lastOf.get(path) ?? path;

/** A step that "back" undoes; to where one is already it is none. */
export function pushAddress(address: string): void {
  const url = withWall(address);
  if (url.href !== location.href) history.pushState(null, '', url);
  note();
}

export function replaceAddress(address: string): void {
  const url = withWall(address);
  if (url.href !== location.href) history.replaceState(null, '', url);
  note();
}

/** The browser led here, by "back" or from outside. */
export const arrive = (): void => replaceAddress(location.href);

const isWall = (): boolean => document.documentElement.dataset['wall'] !== undefined;

function withWall(address: string): URL {
  const url = new URL(address, location.href);
  if (url.searchParams.has('wall') === isWall()) return url;
  if (isWall()) url.searchParams.set('wall', '');
  else url.searchParams.delete('wall');
  return url;
}

function note(): void {
  const url = new URL(location.href);
  // Whether it is a wall is asked when one comes back.
  if (url.searchParams.has('wall')) url.searchParams.delete('wall');
  lastOf.set(url.pathname, url.pathname + url.search);
}
