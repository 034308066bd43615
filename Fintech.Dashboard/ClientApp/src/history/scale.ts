/**
 * Where a scale should end, so that one number far above the others does not flatten them: a round number above nearly all, null where the
 * largest is no more than three times that. A live stream that begins after a quiet history is such a case.
 */
export function steep(values: readonly number[]): number | null {
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  if (sorted.length < 10) return null;
  const usual = sorted[Math.min(Math.floor(sorted.length * 0.95), sorted.length - 2)]!;
  // What is only somewhat above belongs to the others.
  return sorted.at(-1)! > usual * 3 ? roundedUp(sorted.findLast((value) => value <= usual * 2)!) : null;
}

/** 17,067 → 20,000: one digit and zeros, so that the axis ends at a line. */
function roundedUp(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  return Number((Math.ceil(value / unit) * unit).toPrecision(1));
}
