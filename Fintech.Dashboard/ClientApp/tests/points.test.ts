import { describe, expect, it } from 'vitest';
import type { AmountPoint } from '../src/contract';
import { PointRing, span } from '../src/live/points';

const now = Date.parse('2026-01-01T12:00:00Z');

const point = (id: string, secondsAgo: number, alert = false): AmountPoint => ({
  id,
  at: new Date(now - secondsAgo * 1_000).toISOString(),
  amount: 10,
  currency: 'USD',
  category: 'Groceries',
  alert,
});

describe('the ring of points', () => {
  it('keeps a point once, however often it is sent', () => {
    const ring = new PointRing();
    ring.append([point('a', 1), point('a', 1)], now);
    ring.append([point('a', 1)], now);
    expect(ring.points.map((p) => p.id)).toEqual(['a']);
  });

  it('forgets what is older than five minutes, and takes an id again after that', () => {
    const ring = new PointRing();
    ring.append([point('old', 299), point('young', 1)], now);
    ring.append([], now + 2_000);
    expect(ring.points.map((p) => p.id)).toEqual(['young']);
    ring.append([point('ancient', 301)], now);
    expect(ring.points).toHaveLength(1);
  });

  it('stays in order of time when points arrive out of order', () => {
    const ring = new PointRing();
    ring.append([point('b', 10), point('a', 20)], now);
    ring.append([point('c', 15)], now);
    expect(ring.points.map((p) => p.id)).toEqual(['a', 'c', 'b']);
  });

  it('is bounded, keeps every alert, and covers the whole five minutes evenly', () => {
    const ring = new PointRing();
    const seconds = span / 1_000;
    for (let second = seconds - 1; second >= 0; second--)
      ring.append(
        Array.from({ length: 100 }, (_, i) => point(`t-${second}-${i}`, second, i === 0 && second % 10 === 0)),
        now,
      );

    expect(ring.points.length).toBeLessThanOrEqual(3_000);
    expect(ring.points.length).toBeGreaterThan(2_000);
    expect(ring.points.filter((p) => p.alert)).toHaveLength(seconds / 10);
    const thirds = [0, 1, 2].map((third) => ring.points.filter((p) => Math.min(2, Math.floor(((now - p.at) / span) * 3)) === third).length);
    expect(Math.max(...thirds) / Math.min(...thirds)).toBeLessThan(1.25);
  });

  it('is bounded even when everything is an alert', () => {
    const ring = new PointRing();
    ring.append(
      Array.from({ length: 5_000 }, (_, i) => point(`a-${i}`, 200 - i / 50, true)),
      now,
    );
    expect(ring.points).toHaveLength(3_000);
    expect(ring.points.at(-1)!.id).toBe('a-4999');
  });

  it('takes everything again once the flood has passed', () => {
    const ring = new PointRing();
    ring.append(
      Array.from({ length: 20_000 }, (_, i) => point(`f-${i}`, 10)),
      now,
    );
    expect(ring.share).toBeLessThan(0.2);
    for (let i = 0; i < 2_000; i++) ring.append([], now + span + i);
    expect(ring.share).toBe(1);
  });
});
