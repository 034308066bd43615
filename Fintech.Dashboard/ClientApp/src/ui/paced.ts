export interface Timing {
  readonly now: () => number;
  readonly onFrame: (run: () => void) => void;
  readonly after: (milliseconds: number, run: () => void) => void;
}

/** One job for each frame, in the order asked for: several in one frame would be one long task, and the page deaf for as long. */
export function takingTurns(onFrame: (run: () => void) => void): (run: () => void) => void {
  const waiting: (() => void)[] = [];
  const next = (): void => {
    const job = waiting.shift()!;
    if (waiting.length > 0) onFrame(next);
    job();
  };
  return (job) => {
    waiting.push(job);
    if (waiting.length === 1) onFrame(next);
  };
}

/** One hitch must not still a page that could draw again. */
const longest = 2_000;

const browser: Timing = {
  now: () => performance.now(),
  onFrame: takingTurns((run) => requestAnimationFrame(run)),
  after: (milliseconds, run) => setTimeout(run, milliseconds),
};

/**
 * Wraps a drawing job: requests are merged, run in an animation frame of their own, and at least `interval` milliseconds apart. However
 * fast frames arrive, the page draws at its own pace, and the last request is never lost. Where a machine is slow or busy, a job comes
 * less often instead of taking more than a tenth of the time.
 */
export function paced(job: () => void, interval: number, timing: Timing = browser): () => void {
  let pending = false;
  let last = Number.NEGATIVE_INFINITY;
  let took = 0;

  const run = (): void => {
    pending = false;
    last = timing.now();
    job();
    took = timing.now() - last;
  };

  return () => {
    if (pending) return;
    pending = true;
    const wait = last + Math.max(interval, Math.min(10 * took, took + longest)) - timing.now();
    if (wait <= 0) timing.onFrame(run);
    else timing.after(wait, () => timing.onFrame(run));
  };
}
