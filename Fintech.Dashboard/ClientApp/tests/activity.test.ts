import { expect, it } from 'vitest';
import { activity } from '../src/history/activity';

it('tells customers, alerts and their rate', () => {
  expect(activity({ active_customers: 1204, alerts: 31, alert_rate: 0.0042 })).toMatch(/^1,204 active customers; 31 alerts, 0\.42\s?% of what was scored$/);
});

it('has no rate where nothing was scored', () => {
  expect(activity({ active_customers: 1, alerts: 1, alert_rate: null })).toBe('1 active customer; 1 alert');
});
