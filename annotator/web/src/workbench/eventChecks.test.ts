import { expect, test } from "vitest";

import sampled from "../../../../tests/contracts/sampled.json";
import { EMPTY_BODY, type EventRecord } from "../editor/body";
import { eventChecks, sampledGrid } from "./eventChecks";
import { marked, seenAt } from "./markActions";
import { medianReaction } from "./reaction";

test.each(Object.entries(sampled))("of %s grid frames the page knows those that the model sees", (length, chosen) => {
  expect(sampledGrid(Number(length))).toEqual(chosen);
});

const event = (id: string, grid_start: number, grid_end: number, caption = ""): EventRecord => ({ id, grid_start, grid_end, caption });
const codes = (found: EventRecord, all: EventRecord[], length: number): string[] => eventChecks(found, all, length).map(({ code }) => code);

test("an event shorter than a sampled frame, or between two of them, is named", () => {
  const short = event("a", 5, 5);
  expect(codes(short, [short], 33)).toEqual(["too_short"]);
  expect(codes(short, [short], 32)).toEqual([]);
  // 40 grid frames: 32 of them are seen, and this one is not among them.
  const unseen = Array.from({ length: 40 }, (_, grid) => grid).find((grid) => !sampledGrid(40).includes(grid)) ?? -1;
  expect(codes(event("a", unseen, unseen + 0), [], 40)).toEqual(["too_short"]);
  const between = event("b", 1, 5);
  expect(codes(between, [between], 187)).toEqual(["too_short"]);
  expect(codes(event("c", 1, 6), [], 187)).toEqual([]);
});

test("a caption that an earlier event has is named once, at the later one", () => {
  const all = [event("a", 0, 9, "The fox  trots."), event("b", 10, 19, "the fox trots.")];
  expect(all.map((each) => codes(each, all, 20))).toEqual([[], ["repeated"]]);
});

const table = { seconds: (picture: number) => picture / 30, pictureAt: (s: number) => Math.floor(s * 30 + 1e-9), gridOf: (picture: number) => Math.floor(picture / 5) };

test("a mark lies a reaction time before its key, at the speed that is played, and at the picture itself when paused", () => {
  expect(seenAt(table, 100, 0, 300)).toBe(20);
  expect(seenAt(table, 100, 1, 300)).toBe(18);
  expect(seenAt(table, 100, 2, 300)).toBe(16);
  expect(seenAt(table, 100, -1, 300)).toBe(21);
});

test("a marked event takes the free stretch of what was marked, backwards too, and nothing where none is free", () => {
  const body = { ...EMPTY_BODY, events: { x: event("x", 5, 9) } };
  const spans = (from: number, to: number): (readonly number[])[] =>
    Object.values(marked(body, from, to, 40, "new").events).map(({ grid_start, grid_end }) => [grid_start, grid_end]);
  expect(spans(12, 20)).toEqual([[5, 9], [12, 20]]);
  expect(spans(20, 12)).toEqual([[5, 9], [12, 20]]);
  expect(spans(7, 14)).toEqual([[5, 9], [10, 14]]);
  expect(spans(6, 8)).toEqual([[5, 9]]);
});

test("one slip does not move a measured reaction time", () => {
  expect(medianReaction([212, 231, 243, 990, 20])).toBe(230);
  expect(medianReaction([5000, 5000, 5000])).toBe(1000);
});
