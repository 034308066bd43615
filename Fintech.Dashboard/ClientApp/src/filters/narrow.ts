import type { Figure, FilterRequest, ScopeState } from '../contract';
import type { View } from '../live/view';
import { isWithin, keyOf, matches } from './model';

const everything: readonly Figure[] = ['transactions', 'value', 'alerts', 'alertRate', 'rate', 'latency', 'categories', 'merchants'];

/**
 * A view narrowed to a filter in the page itself: at once, and also where the server is not asked. Single transactions and alerts can
 * be looked through here; figures cannot, so where the server has counted something else they are not known.
 */
export function narrowed(view: View, filter: FilterRequest | null, paused: boolean, refusal: string | null): View {
  const { frame } = view;
  const counted = frame.filter ?? null;
  const same = keyOf(counted) === keyOf(filter);
  if (same && filter === null) return view;

  const scope: ScopeState | null = same
    ? (frame.scope ?? null)
    : {
        figures: paused || refusal ? 'filtered' : 'pending',
        unknown: [...everything],
        estimated: frame.scope?.estimated ?? false,
        at: null,
        since: null,
        merchants: null,
        merchantsSince: null,
        note: noteOf(filter, counted, paused, refusal),
      };
  const listed = {
    ...frame,
    scope,
    ...(same ? {} : { trend: null, alertsInChart: null, previous: null, categories: [], merchants: [] }),
  };
  if (filter === null) return { ...view, frame: listed, filter };

  return {
    ...view,
    filter,
    frame: {
      ...listed,
      alerts: frame.alerts.filter((alert) => matches(filter, alert, true)),
      latest: frame.latest.filter((item) => matches(filter, item, item.alert)),
    },
    points: view.points.filter((point) => matches(filter, point, point.alert)),
    rate: same ? view.rate : [],
  };
}

function noteOf(filter: FilterRequest | null, counted: FilterRequest | null, paused: boolean, refusal: string | null): string {
  if (refusal) return refusal;
  if (!paused) return 'The filter is being read for the first time.';
  return isWithin(filter, counted)
    ? 'Paused: the filter looks through what is held. Figures are counted again on resume.'
    : 'Paused: what is held had passed another filter, so some is missing here. Resume to see all.';
}
