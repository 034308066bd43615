/**
 * Ends of the log axis, whole powers of ten. Ordinary amounts lie between 1 and 10,000: the axis starts there and only
 * grows, since one that jumps with every frame cannot be read.
 */
export function extent(points: readonly { readonly amount: number }[], threshold: number | null): [low: number, high: number] {
  let low = 1;
  let high = 10_000;
  for (const { amount } of points) {
    while (amount > high) high *= 10;
    while (amount < low && low > 0.01) low /= 10;
  }
  while (threshold !== null && threshold >= high) high *= 10;
  return [low, high];
}
