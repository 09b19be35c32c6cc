/** The engine with a source that loads groups of four pictures and finishes when told to. */

import { beforeEach, expect, test } from "vitest";

import { PictureCache } from "./cache";
import { beginning, Clock } from "./clock";
import { Engine } from "./engine";
import { difference, FrameTable } from "./frameTable";
import type { PictureSource } from "./pictureSource";

const GOP = 4;
const COUNT = 40;

const table = new FrameTable({
  proxy_pts: Array.from({ length: COUNT }, (_, i) => i * 10),
  proxy_time_base: "1/100",
  proxy_key: Array.from({ length: COUNT / GOP }, (_, i) => i * GOP),
  width: 4,
  height: 4,
  grid: [0, 2, 4],
});

class Source implements PictureSource {
  readonly capacity = 100;
  readonly bytes = 0;
  readonly held = new Set<number>();
  readonly loads: { picture: number; prefetchAborted: boolean; alone: boolean }[] = [];
  private finish: (() => void) | null = null;

  has(picture: number): boolean {
    return this.held.has(picture);
  }
  draw(picture: number): boolean {
    return this.held.has(picture);
  }
  load(picture: number, signal: AbortSignal, arrived: (picture: number) => void, alone = false): Promise<void> {
    const entry = { picture, prefetchAborted: false, alone };
    this.loads.push(entry);
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        entry.prefetchAborted = true;
        resolve();
      });
      this.finish = () => {
        const start = Math.floor(picture / GOP) * GOP;
        for (let i = start; i < (alone ? picture + 1 : start + GOP); i += 1) {
          if (signal.aborted) break;
          this.held.add(i);
          arrived(i);
        }
        resolve();
      };
    });
  }
  neighbours(picture: number): number[] {
    const next = (Math.floor(picture / GOP) + 1) * GOP;
    return next < COUNT && !this.held.has(next) ? [next] : [];
  }
  close(): void {
    this.held.clear();
  }
  async done(): Promise<void> {
    this.finish?.();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

let source: Source;
let engine: Engine;
let painted: number[];
let refresh: (now: number) => void;

beforeEach(() => {
  source = new Source();
  painted = [];
  engine = new Engine(source, table, {
    paint: (picture) => painted.push(picture),
    shown: () => undefined,
    stalled: () => undefined,
    playing: () => undefined,
    failed: () => undefined,
    nextRefresh: (callback) => {
      refresh = callback;
    },
  });
});

test("a wanted picture is painted as soon as it arrives, the rest of its group needs no load", async () => {
  engine.show(5);
  await source.done();
  expect(painted).toEqual([5]);
  engine.show(6);
  expect(painted).toEqual([5, 6]);
});

test("the latest request wins, and the one under way is shown so that scrubbing is alive", async () => {
  engine.show(5);
  engine.show(20);
  engine.show(30);
  await source.done();
  await source.done();
  expect(painted).toEqual([5, 30]);
  expect(source.loads.map((load) => load.picture).slice(0, 2)).toEqual([5, 30]);
});

test("a prefetch gives way to a wanted picture of another group, not to one of its own", async () => {
  engine.show(5);
  await source.done();
  expect(source.loads[1]).toMatchObject({ picture: 8, prefetchAborted: false });
  engine.show(9);
  expect(source.loads[1]?.prefetchAborted).toBe(false);
  await source.done();
  expect(painted.at(-1)).toBe(9);
  engine.show(33);
  expect(source.loads[2]?.prefetchAborted).toBe(true);
});

test("a read brings an exact picture without showing it", async () => {
  engine.show(0);
  const read = engine.read(22);
  await source.done();
  await source.done();
  await read;
  expect(source.has(22)).toBe(true);
  expect(painted).toEqual([0]);
});

test("the clock gives each picture its time, ends at the end, and loops inside a span", () => {
  const clock = new Clock(table, 0, 1, null, 0);
  expect(clock.due(0)).toMatchObject({ picture: 0, ended: false });
  expect(clock.due(99)).toMatchObject({ picture: 0, ended: false });
  expect(clock.due(100)).toMatchObject({ picture: 1, ended: false });
  expect(clock.due(3999)).toMatchObject({ picture: 39, ended: false });
  expect(clock.due(4001)).toMatchObject({ picture: 39, ended: true });
  const loop = new Clock(table, 10, 2, [10, 12], 0);
  expect(loop.due(149).picture).toBe(12);
  expect(loop.due(151)).toEqual({ picture: 10, ended: false, again: true });
  const back = new Clock(table, 3, -1, null, 0);
  expect(back.due(105).picture).toBe(1);
  expect(back.due(301)).toMatchObject({ picture: 0, ended: true });
});

test("pictures follow the sound, but not for what nobody sees, and never backwards on screen", async () => {
  const clock = new Clock(table, 0, 1, null, 0);
  clock.follow(0.505, 500);
  expect(clock.due(600).picture).toBe(6);
  clock.follow(0.3, 600);
  expect(clock.due(700).picture).toBe(4);
  expect(clock.dueAt(5)).toBeCloseTo(800);

  for (let i = 0; i < COUNT; i += 1) source.held.add(i);
  engine.play(1, null);
  const begun = performance.now();
  refresh(begun + 650);
  engine.follow(0.2, begun + 660, 1);
  refresh(begun + 700);
  expect(painted).toEqual([0, 6]);
  refresh(begun + 1300);
  expect(painted).toEqual([0, 6, 8]);
  expect(engine.tally.take()).toMatchObject({ held: 0, skipped: 6 });
});

test("a loop that has begun again does not hear what the sound said before", () => {
  for (let i = 0; i < COUNT; i += 1) source.held.add(i);
  const turns: number[] = [];
  engine = new Engine(source, table, {
    paint: (picture) => painted.push(picture),
    shown: () => undefined,
    stalled: () => undefined,
    playing: (_rate, _picture, turn) => turns.push(turn),
    failed: () => undefined,
    nextRefresh: (callback) => {
      refresh = callback;
    },
  });
  engine.play(1, [0, 9]);
  const begun = performance.now();
  refresh(begun + 950);
  refresh(begun + 1010);
  expect(turns).toEqual([1, 2]);
  engine.follow(0.97, begun + 1012, 1);
  refresh(begun + 1030);
  refresh(begun + 1060);
  expect(turns).toEqual([1, 2]);
  engine.follow(0.3, begun + 1062, 2);
  refresh(begun + 1070);
  expect(painted).toEqual([0, 9, 0, 3]);
});

test("a fast playback that has to wait goes on with key pictures only, a slow one waits for its own", async () => {
  engine.show(0);
  await source.done();
  engine.play(4, null);
  refresh(performance.now() + 250); // about picture 10: its group begins at 8
  await source.done();
  expect(source.loads.at(-1)).toMatchObject({ picture: 8, alone: true });
  await source.done();
  expect(painted.at(-1)).toBe(8);
  expect(source.loads.at(-1)).toMatchObject({ picture: 12, alone: true });
  engine.show(10);
  await source.done();
  expect(source.loads.at(-1)).toMatchObject({ picture: 10, alone: false });

  await source.done();
  engine.play(1, null);
  refresh(performance.now() + 2500); // about picture 35, in the group of 32
  await source.done();
  await source.done();
  expect(source.loads.filter((load) => load.picture > 30).every((load) => !load.alone)).toBe(true);
  expect(painted.at(-1)).toBeGreaterThan(32);
});

test("what the browser played by itself is painted again exactly when it stands, and never by a mask that comes", () => {
  for (let i = 0; i < COUNT; i += 1) source.held.add(i);
  engine.show(3);
  engine.preview(5);
  engine.repaint();
  expect(painted).toEqual([3]);
  expect(engine.picture).toBe(5);
  engine.show(5);
  engine.show(5);
  expect(painted).toEqual([3, 5]);
});

test("a picture is sought by the middle of its time, the last one too", () => {
  expect(table.tick).toBe(0.01);
  expect(table.middle(0)).toBeCloseTo(0.05);
  expect(table.middle(COUNT - 1)).toBeCloseTo(3.95);
  const uneven = new FrameTable({ proxy_pts: [0, 1, 9], proxy_time_base: "1/10", proxy_key: [0], width: 4, height: 4, grid: [0] });
  expect([0, 1, 2].map((picture) => uneven.pictureAt(uneven.middle(picture)))).toEqual([0, 1, 2]);
});

test("playing begins where it was asked for, inside its loop, and at an edge again from the other one", () => {
  expect([beginning(table, 7, 1, null), beginning(table, COUNT - 1, 1, null)]).toEqual([7, 0]);
  expect([beginning(table, 7, -1, null), beginning(table, 0, -1, null)]).toEqual([7, COUNT - 1]);
  expect([beginning(table, 7, 1, [5, 9]), beginning(table, 20, 1, [5, 9]), beginning(table, 20, -1, [5, 9])]).toEqual([7, 5, 9]);
});

test("a film that is not the frame table's is named by what differs", () => {
  const film = Array.from({ length: COUNT }, (_, i) => ({ seconds: i / 10, key: i % GOP === 0 }));
  expect(difference(table, film)).toBeNull();
  expect(difference(table, film.slice(1))).toBe("39 pictures instead of 40");
  expect(difference(table, film.map((packet, i) => (i === 7 ? { ...packet, seconds: 0.71 } : packet)))).toBe(
    "picture 7 is shown at another time",
  );
  expect(difference(table, film.map((packet, i) => (i === 8 ? { ...packet, key: false } : packet)))).toBe(
    "picture 8 should be a key picture",
  );
});

test("the cache stays within its bytes and drops what was used longest ago", () => {
  const dropped: number[] = [];
  const cache = new PictureCache<{ bytes: number; name: number }>(30, (entry) => dropped.push(entry.name));
  for (const name of [1, 2, 3]) cache.put(name, { bytes: 10, name });
  cache.get(1);
  cache.put(4, { bytes: 10, name: 4 });
  expect(dropped).toEqual([2]);
  expect(cache.bytes).toBe(30);
  cache.put(1, { bytes: 5, name: 1 });
  expect(cache.bytes).toBe(25);
});
