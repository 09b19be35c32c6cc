import { expect, test } from "vitest";

import { MOST_POINTS, resized, simplified } from "./stroke";

test("a straight stroke is its two ends, a corner stays", () => {
  const line = Array.from({ length: 50 }, (_, i) => ({ x: i, y: 2 * i }));
  expect(simplified(line, 0.5)).toEqual([line[0], line[49]]);
  const corner = [...line, ...Array.from({ length: 20 }, (_, i) => ({ x: 50 + i, y: 98 }))];
  expect(simplified(corner, 0.5)).toEqual([line[0], line[49], corner.at(-1)]);
});

test("no point of the stroke is farther from what is left than the tolerance", () => {
  const wave = Array.from({ length: 400 }, (_, i) => ({ x: i, y: 30 * Math.sin(i / 20) }));
  const kept = simplified(wave, 1);
  expect(kept.length).toBeLessThan(100);
  const height = (x: number): number => {
    const next = kept.findIndex((point) => point.x >= x);
    const [a, b] = [kept[Math.max(0, next - 1)], kept[next]];
    if (!a || !b || a === b) return b?.y ?? NaN;
    return a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x);
  };
  for (const point of wave) expect(Math.abs(height(point.x) - point.y)).toBeLessThan(2.5);
});

test("a dab and a stroke that goes back on itself are kept, and no stroke is too long to be sent", () => {
  expect(simplified([{ x: 3, y: 4 }], 1)).toEqual([{ x: 3, y: 4 }]);
  const there = [{ x: 0, y: 0 }, { x: 40, y: 0 }, { x: 0, y: 0 }];
  expect(simplified(there, 1)).toEqual(there);
  const scribble = Array.from({ length: 20_000 }, (_, i) => ({ x: (i * 37) % 640, y: (i * 91) % 480 }));
  const sent = simplified(scribble, 0.5);
  expect(sent.length).toBeLessThanOrEqual(MOST_POINTS);
  expect(sent.length).toBeGreaterThan(1);
});

test("a brush grows and shrinks between its limits, always by a pixel at least", () => {
  expect(resized(1, 1, 100)).toBe(2);
  expect(resized(2, -1, 100)).toBe(1);
  expect(resized(1, -1, 100)).toBe(1);
  expect(resized(90, 1, 100)).toBe(100);
});
