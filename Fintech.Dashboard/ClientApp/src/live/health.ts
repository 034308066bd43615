import type { PipelineState } from '../contract';
import { age, clock } from '../format/time';
import type { Link } from './connection';
import { signedOut } from './problem';

export type HealthState = 'connecting' | 'live' | 'idle' | 'stale' | 'down' | 'reconnecting';

export interface Health {
  readonly state: HealthState;
  readonly label: string;
  /** What the state rests on: age of the data, or why there is none. */
  readonly detail: string;
  readonly lag: number | null;
}

/** Without a frame for this long the page no longer claims to be live, whatever the socket says. */
export const staleAfter = 5_000;

export interface Evidence {
  readonly link: Link;
  readonly problem: string | null;
  readonly pipeline: PipelineState | null;
  /** Milliseconds since the last frame, null before the first. */
  readonly silence: number | null;
  /** Server time now. */
  readonly now: number;
}

/** The badge cannot lie: "live" needs an open connection, frames that arrive, and a pipeline that says so itself. */
export function assess({ link, problem, pipeline, silence, now }: Evidence): Health {
  const dataAge = pipeline?.lastCommitAt ? Math.max(0, now - Date.parse(pipeline.lastCommitAt)) : null;
  const data = dataAge === null ? 'no data yet' : `data ${age(dataAge)} old`;

  if (!pipeline || silence === null) {
    return { state: 'connecting', label: 'Connecting', detail: problem ?? 'waiting for the first numbers', lag: null };
  }

  if (link !== 'connected')
    return { state: 'reconnecting', label: 'Reconnecting', detail: problem === signedOut ? problem : data, lag: null };
  if (silence > staleAfter) return { state: 'stale', label: 'Stale', detail: `no frame for ${age(silence)}`, lag: pipeline.lag };

  switch (pipeline.status) {
    case 'live':
      return { state: 'live', label: 'Live', detail: data, lag: pipeline.lag };
    case 'idle':
      return {
        state: 'idle',
        label: 'Idle',
        detail: pipeline.reason ? 'no worker' : dataAge === null ? data : `last event ${age(dataAge)} ago`,
        lag: pipeline.lag,
      };
    case 'stale':
      return { state: 'stale', label: 'Stale', detail: dataAge === null ? data : `last event ${age(dataAge)} ago`, lag: pipeline.lag };
    default:
      // A clock time is right even where the server's own time is not known, because its numbers are old.
      return {
        state: 'down',
        label: 'Down',
        detail: dataAge === null ? data : `last commit ${clock(Date.parse(pipeline.lastCommitAt!))}`,
        lag: null,
      };
  }
}
