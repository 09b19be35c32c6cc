/** Against counts strings that pycocotools wrote, and against a plain bitmap. */

import { expect, test } from "vitest";

import { areaOf, bitmapOfRuns, boxOf, formatCounts, hits, parseCounts, RleError, runsOfBitmap } from "./rle";

function bitmap(rows: readonly string[]): { pixels: Uint8Array; height: number; width: number } {
  const height = rows.length;
  const width = rows[0]?.length ?? 0;
  const pixels = new Uint8Array(height * width);
  rows.forEach((row, y) => {
    [...row].forEach((character, x) => {
      pixels[y * width + x] = character === "#" ? 1 : 0;
    });
  });
  return { pixels, height, width };
}

/** A seeded blob-like mask, so that runs are long and short and deltas are negative too. */
function random(height: number, width: number, seed: number): Uint8Array {
  let state = seed;
  const next = (): number => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
  const pixels = new Uint8Array(height * width);
  let on = false;
  for (let i = 0; i < pixels.length; i += 1) {
    if (next() < 0.03) on = !on;
    pixels[i] = on ? 1 : 0;
  }
  return pixels;
}

test.each(oracle())("reads and writes what pycocotools writes: $name", ({ rows, counts }) => {
  const { pixels, height, width } = bitmap(rows);
  const runs = parseCounts(counts, height, width);
  expect(bitmapOfRuns(runs)).toEqual(pixels);
  expect(formatCounts(runsOfBitmap(pixels, height, width))).toBe(counts);
});

test("a mask survives the way to a string and back, also with runs that shrink", () => {
  for (let seed = 1; seed < 40; seed += 1) {
    const height = 3 + (seed % 50);
    const width = 2 + ((seed * 7) % 60);
    const pixels = random(height, width, seed);
    const mask = runsOfBitmap(pixels, height, width);
    const back = parseCounts(formatCounts(mask), height, width);
    expect(bitmapOfRuns(back)).toEqual(pixels);
    expect(areaOf(back)).toBe(pixels.reduce((sum, value) => sum + value, 0));
  }
});

test("box and hit test agree with the bitmap", () => {
  const { pixels, height, width } = bitmap(["......", "..##..", ".###..", "......"]);
  const mask = runsOfBitmap(pixels, height, width);
  expect(boxOf(mask)).toEqual({ x1: 1, y1: 1, x2: 4, y2: 3 });
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) expect(hits(mask, x, y)).toBe(pixels[y * width + x] === 1);
  }
  expect(hits(mask, -1, 1)).toBe(false);
  expect(hits(mask, 2, 4)).toBe(false);
});

test("an empty mask has no box", () => {
  expect(boxOf(runsOfBitmap(new Uint8Array(12), 3, 4))).toBeNull();
});

test.each([
  ["ends inside a number", "o"],
  ["holds characters outside its alphabet", "0~"],
  ["has too many pixels", "\\0"],
  ["has too few pixels", "3"],
])("a damaged string is refused: it %s", (_why, counts) => {
  expect(() => parseCounts(counts, 4, 4)).toThrow(RleError);
});

/** Written by pycocotools 2.0.11: `mask.encode(np.asfortranarray(bitmap))["counts"]`. */
function oracle(): { name: string; rows: string[]; counts: string }[] {
  return [
    { name: "one corner", rows: ["#...", "....", "...."], counts: "01;" },
    { name: "everything", rows: ["###", "###"], counts: "06" },
    { name: "nothing", rows: ["....", "...."], counts: "8" },
    { name: "a hole", rows: ["#####", "#...#", "#.#.#", "#####"], counts: "052MO112" },
    { name: "long runs", rows: ["........................................##############################", "........................................##############################", "........................................##############################", "##########............................................................"], counts: "31300000000000000000e32YL0000000000000000000000000000000000000000000000000000000000" },
    { name: "last pixel", rows: ["...", "...", "..#"], counts: "81" },
  ];
}
