import { expect, test } from "vitest";

import { clustersOf, inkOf, paintLayers, type Layer } from "./paint";
import { runsOfBitmap } from "./rle";

function disc(size: number, radius: number): Uint8Array {
  const pixels = new Uint8Array(size * size);
  const middle = size / 2;
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      if ((x + 0.5 - middle) ** 2 + (y + 0.5 - middle) ** 2 < radius ** 2) pixels[y * size + x] = 1;
    }
  }
  return pixels;
}

function paint(layers: readonly Layer[]): { rgba: Uint8ClampedArray; width: number; x1: number; y1: number } {
  const [cluster] = clustersOf(layers);
  if (!cluster) throw new Error("nothing to paint");
  const { box } = cluster;
  const width = box.x2 - box.x1;
  const rgba = new Uint8ClampedArray(width * (box.y2 - box.y1) * 4);
  paintLayers(rgba, box, layers);
  return { rgba, width, x1: box.x1, y1: box.y1 };
}

test("every pixel of the mask is painted and no other, the border as outline without gaps", () => {
  const size = 60;
  const pixels = disc(size, 22);
  const { rgba, width, x1, y1 } = paint([{ mask: runsOfBitmap(pixels, size, size), ink: inkOf("#ff8000") }]);
  const inside = (x: number, y: number): boolean => pixels[y * size + x] === 1;
  for (let y = y1; y < y1 + rgba.length / 4 / width; y += 1) {
    for (let x = x1; x < x1 + width; x += 1) {
      const at = ((y - y1) * width + (x - x1)) * 4;
      const alpha = rgba[at + 3];
      if (!inside(x, y)) {
        expect(alpha).toBe(0);
        continue;
      }
      expect([rgba[at], rgba[at + 1], rgba[at + 2]]).toEqual([255, 128, 0]);
      const border = !inside(x - 1, y) || !inside(x + 1, y) || !inside(x, y - 1) || !inside(x, y + 1);
      if (border) expect(alpha).toBe(255);
    }
  }
  const middle = ((size / 2 - y1) * width + (size / 2 - x1)) * 4;
  expect(rgba[middle + 3]).toBe(97);
});

test("a later layer lies over an earlier one, and a stale one is dimmer", () => {
  const mask = runsOfBitmap(disc(20, 8), 20, 20);
  const { rgba, width, x1, y1 } = paint([
    { mask, ink: inkOf("#ff0000") },
    { mask, ink: inkOf("#0000ff", true) },
  ]);
  const at = ((10 - y1) * width + (10 - x1)) * 4;
  expect([rgba[at], rgba[at + 2]]).toEqual([0, 255]);
  expect(rgba[at + 3]).toBeLessThan(97);
});

test("layers that meet are painted together in their order, the others by themselves", () => {
  const at = (x: number, y: number, size: number): Layer => {
    const pixels = new Uint8Array(100 * 100);
    for (let row = y; row < y + size; row += 1) pixels.fill(1, row * 100 + x, row * 100 + x + size);
    return { mask: runsOfBitmap(pixels, 100, 100), ink: inkOf("#ffffff") };
  };
  const [left, right, bridge, far] = [at(0, 0, 20), at(40, 0, 20), at(15, 5, 30), at(80, 80, 10)] as const;
  const apart = clustersOf([left, right, far]);
  expect(apart.map((cluster) => cluster.layers)).toEqual([[left], [right], [far]]);
  const [alone, joined] = clustersOf([left, right, far, bridge]);
  expect(alone?.layers).toEqual([far]);
  expect(joined).toEqual({ box: { x1: 0, y1: 0, x2: 60, y2: 35 }, layers: [left, right, bridge] });
});

test("layers without a pixel need no box", () => {
  expect(clustersOf([{ mask: runsOfBitmap(new Uint8Array(9), 3, 3), ink: inkOf("#ffffff") }])).toEqual([]);
});
