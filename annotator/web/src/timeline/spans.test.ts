import { expect, test } from "vitest";

import { FrameTable } from "../player/frameTable";
import { gridPosition } from "./drawLanes";
import { ticks } from "./scale";
import { absentWithin, complement, joined, runsOf, toGrid, without } from "./spans";

test("runs, complement and what is absent are end inclusive", () => {
  expect(runsOf([true, true, false, true])).toEqual([[0, 1], [3, 3]]);
  expect(complement([[2, 4], [6, 7]], 10)).toEqual([[0, 1], [5, 5], [8, 9]]);
  expect(complement([], 3)).toEqual([[0, 2]]);
  expect(complement([[0, 9]], 10)).toEqual([]);
  expect(absentWithin([10, 20], [[0, 12], [15, 16], [19, 40]])).toEqual([[13, 14], [17, 18]]);
  expect(absentWithin([10, 12], [])).toEqual([[10, 12]]);
});

test("presence on the grid is that of the grid frame's own picture", () => {
  expect(toGrid([[0, 9], [21, 30]], [0, 5, 10, 15, 20, 25])).toEqual([[0, 1], [5, 5]]);
});

const table = new FrameTable({
  proxy_pts: [0, 10, 20, 25, 40, 50],
  proxy_time_base: "1/60",
  proxy_key: [0, 3],
  width: 4,
  height: 4,
  grid: [0, 1, 2, 3, 4, 5],
});

test("the frame table finds pictures by time, groups by picture, and grid frames by picture", () => {
  expect(table.pictureAt(24.9 / 60)).toBe(2);
  expect(table.pictureAt(25 / 60)).toBe(3);
  expect(table.pictureAt(-1)).toBe(0);
  expect(table.gopSpan(table.gopOf(2))).toEqual([0, 3]);
  expect(table.gopSpan(table.gopOf(5))).toEqual([3, 6]);
  expect(table.clamp(99)).toBe(5);
});

test("pictures between two grid frames lie between them on the axis, the end beyond the last", () => {
  const dense = new FrameTable({
    proxy_pts: Array.from({ length: 20 }, (_, i) => i),
    proxy_time_base: "1/30",
    proxy_key: [0],
    width: 4,
    height: 4,
    grid: [0, 5, 10, 15],
  });
  expect(gridPosition(dense, 5)).toBe(1);
  expect(gridPosition(dense, 7)).toBeCloseTo(1.4);
  expect(gridPosition(dense, 20)).toBe(4);
});

test("labels of the ruler keep their distance", () => {
  for (const [length, width] of [[58, 1200], [10_000, 800], [3, 600], [1, 300]] as const) {
    const marks = ticks(length, width);
    expect(marks[0]).toBe(0);
    for (let i = 1; i < marks.length; i += 1) {
      expect((((marks[i] ?? 0) - (marks[i - 1] ?? 0)) * width) / length).toBeGreaterThanOrEqual(28);
    }
  }
});

test("one more span is joined to those that it touches", () => {
  expect(joined([], [3, 5])).toEqual([[3, 5]]);
  expect(joined([[0, 2], [9, 9]], [3, 5])).toEqual([[0, 5], [9, 9]]);
  expect(joined([[4, 20]], [6, 8])).toEqual([[4, 20]]);
  expect(joined([[10, 12], [0, 1]], [3, 5])).toEqual([[0, 1], [3, 5], [10, 12]]);
});

test("a span that is taken away leaves what is beside it", () => {
  expect(without([[0, 9]], [3, 5])).toEqual([[0, 2], [6, 9]]);
  expect(without([[0, 2], [4, 6], [8, 9]], [2, 8])).toEqual([[0, 1], [9, 9]]);
  expect(without([[3, 5]], [3, 5])).toEqual([]);
  expect(without([[3, 5]], [6, 8])).toEqual([[3, 5]]);
});
