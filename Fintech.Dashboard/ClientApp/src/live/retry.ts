const firstDelay = 500;
const longestDelay = 10_000;

/**
 * Milliseconds to wait before the next attempt to connect: doubling up to ten seconds, never giving up. The jitter keeps
 * every open page from knocking at the same moment when the server comes back.
 */
export function retryDelay(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(firstDelay * 2 ** Math.min(attempt, 10), longestDelay);
  return ceiling / 2 + random() * (ceiling / 2);
}
