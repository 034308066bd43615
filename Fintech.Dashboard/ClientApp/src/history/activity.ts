import { integer, percent } from '../format/number';

/** Of a row of the totals: "1,204 active customers; 31 alerts, 0.42% of what was scored". Where nothing was scored there is no rate, not one of zero. */
export function activity(row: Readonly<Record<string, unknown>>): string {
  const [customers, alerts, rate] = [Number(row['active_customers']), Number(row['alerts']), row['alert_rate']];
  return (
    `${integer(customers)} active customer${customers === 1 ? '' : 's'}; ` +
    `${integer(alerts)} alert${alerts === 1 ? '' : 's'}${typeof rate === 'number' ? `, ${percent(rate)} of what was scored` : ''}`
  );
}
