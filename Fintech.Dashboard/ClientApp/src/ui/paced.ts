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

const browser: Timing = {
  now: () => performance.now(),
  onFrame: takingTurns((run) => requestAnimationFrame(run)),
  after: (milliseconds, run) => setTimeout(run, milliseconds),
};

/**
 * Wraps a drawing job: requests are merged, run in an animation frame of their own, and at least `interval` milliseconds apart. However
 * fast frames arrive, the page draws at its own pace, and the last request is never lost.
 */
export function paced(job: () => void, interval: number, timing: Timing = browser): () => void {
  let pending = false;
  let last = Number.NEGATIVE_INFINITY;

  const run = (): void => {
    pending = false;
    last = timing.now();
    job();
  };

  return () => {
    if (pending) return;
    pending = true;
    const wait = last + interval - timing.now();
    if (wait <= 0) timing.onFrame(run);
    else timing.after(wait, () => timing.onFrame(run));
  };
}
