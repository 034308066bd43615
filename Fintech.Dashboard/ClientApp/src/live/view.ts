import type { FilterRequest, LiveFrame } from '../contract';
import type { Point } from './points';
import type { Sample } from './rate';

/** What the views draw: either the present or the moment at which the page was paused. */
export interface View {
  readonly frame: LiveFrame;
  readonly points: readonly Point[];
  readonly rate: readonly Sample[];
  /** Server time at the right edge of the charts. */
  readonly now: number;
  /** What is shown is narrowed to this. */
  readonly filter?: FilterRequest | null;
}
