import { expect, test } from "vitest";

import { EMPTY_BODY, eventsOf, type Body } from "../editor/body";
import {
  addEvent,
  mergeWithNext,
  moveEdge,
  moveEvent,
  removeEvent,
  setEdge,
  snap,
  splitEvent,
} from "./events";

const LIMITS = { length: 60 };

function body(...spans: [id: string, start: number, end: number, caption?: string][]): Body {
  const events = Object.fromEntries(
    spans.map(([id, grid_start, grid_end, caption = id]) => [id, { id, grid_start, grid_end, caption }]),
  );
  return { ...EMPTY_BODY, events };
}

function spans(of: Body): [string, number, number][] {
  return eventsOf(of).map((event) => [event.id, event.grid_start, event.grid_end]);
}

test("a shared edge moves both events, and each keeps a frame", () => {
  const two = body(["a", 0, 13], ["b", 14, 21]);
  expect(spans(moveEdge(two, "a", "end", 17, LIMITS))).toEqual([["a", 0, 17], ["b", 18, 21]]);
  expect(spans(moveEdge(two, "b", "start", 10, LIMITS))).toEqual([["a", 0, 9], ["b", 10, 21]]);
  expect(spans(moveEdge(two, "a", "end", 40, LIMITS))).toEqual([["a", 0, 20], ["b", 21, 21]]);
  expect(spans(moveEdge(two, "b", "start", -5, LIMITS))).toEqual([["a", 0, 0], ["b", 1, 21]]);
});

test("an edge that is not shared stops at the neighbour and at the film's ends", () => {
  const two = body(["a", 5, 13], ["b", 20, 30]);
  expect(spans(moveEdge(two, "a", "end", 50, LIMITS))).toEqual([["a", 5, 19], ["b", 20, 30]]);
  expect(spans(moveEdge(two, "b", "start", 0, LIMITS))).toEqual([["a", 5, 13], ["b", 14, 30]]);
  expect(spans(moveEdge(two, "b", "end", 99, LIMITS))).toEqual([["a", 5, 13], ["b", 20, 59]]);
  expect(spans(moveEdge(two, "a", "start", -9, LIMITS))).toEqual([["a", 0, 13], ["b", 20, 30]]);
  expect(spans(moveEdge(two, "a", "start", 30, LIMITS))).toEqual([["a", 13, 13], ["b", 20, 30]]);
});

test("a whole event moves up to its neighbours and keeps its length", () => {
  const two = body(["a", 5, 13], ["b", 20, 30]);
  expect(spans(moveEvent(two, "a", 100, LIMITS))).toEqual([["a", 11, 19], ["b", 20, 30]]);
  expect(spans(moveEvent(two, "a", -100, LIMITS))).toEqual([["a", 0, 8], ["b", 20, 30]]);
});

test("a split leaves both parts contiguous; the frame of the split begins the second", () => {
  const split = splitEvent(body(["a", 5, 13]), "a", 9, "n");
  expect(spans(split)).toEqual([["a", 5, 8], ["n", 9, 13]]);
  expect(split.events["n"]?.caption).toBe("");
  expect(spans(splitEvent(body(["a", 5, 13]), "a", 5, "n"))).toEqual([["a", 5, 13]]);
  expect(spans(splitEvent(body(["a", 5, 13]), "a", 14, "n"))).toEqual([["a", 5, 13]]);
});

test("a merge takes what lies between, and both captions", () => {
  const merged = mergeWithNext(body(["a", 0, 4, "Runs."], ["b", 8, 9, "Jumps."]), "a");
  expect(spans(merged)).toEqual([["a", 0, 9]]);
  expect(merged.events["a"]?.caption).toBe("Runs. Jumps.");
  expect(spans(mergeWithNext(merged, "a"))).toEqual([["a", 0, 9]]);
});

test("a new event fills the free stretch, inside the presence", () => {
  const two = body(["a", 0, 4], ["b", 30, 40]);
  expect(spans(addEvent(two, 10, LIMITS, null, "n"))[1]).toEqual(["n", 5, 29]);
  expect(spans(addEvent(two, 10, LIMITS, [8, 20], "n"))[1]).toEqual(["n", 8, 20]);
  expect(spans(addEvent(two, 3, LIMITS, null, "n"))).toEqual([["a", 0, 4], ["b", 30, 40]]);
  expect(spans(addEvent(two, 60, LIMITS, null, "n"))).toEqual([["a", 0, 4], ["b", 30, 40]]);
});

test("the edge keys never fail: an edge beyond the other takes it along", () => {
  expect(spans(setEdge(body(["a", 5, 13]), "a", "start", 20, LIMITS))).toEqual([["a", 20, 20]]);
  expect(spans(setEdge(body(["a", 5, 13]), "a", "end", 2, LIMITS))).toEqual([["a", 2, 2]]);
  expect(spans(setEdge(body(["a", 5, 13], ["b", 14, 20]), "a", "end", 16, LIMITS))).toEqual([["a", 5, 16], ["b", 17, 20]]);
});

test("no chain of edits makes events overlap, leave the film or turn round", () => {
  let state = 7;
  const next = (below: number): number => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state % below;
  };
  let current = body(["a", 0, 9], ["b", 10, 19], ["c", 25, 30]);
  for (let round = 0; round < 2000; round += 1) {
    const ids = Object.keys(current.events);
    const id = ids[next(Math.max(1, ids.length))] ?? "none";
    const at = next(70) - 5;
    const edge = next(2) === 0 ? "start" : "end";
    const edits = [
      () => moveEdge(current, id, edge, at, LIMITS),
      () => setEdge(current, id, edge, Math.max(0, Math.min(59, at)), LIMITS),
      () => moveEvent(current, id, at - 30, LIMITS),
      () => splitEvent(current, id, at, `n${round}`),
      () => addEvent(current, at, LIMITS, null, `n${round}`),
      () => (ids.length > 6 ? mergeWithNext(current, id) : current),
      () => (ids.length > 8 ? removeEvent(current, id) : current),
    ];
    current = edits[next(edits.length)]?.() ?? current;
    let free = 0;
    for (const event of eventsOf(current)) {
      expect(event.grid_start).toBeGreaterThanOrEqual(free);
      expect(event.grid_end).toBeGreaterThanOrEqual(event.grid_start);
      free = event.grid_end + 1;
    }
    expect(free).toBeLessThanOrEqual(60);
  }
});

test("snapping takes the nearest target within reach, else nothing", () => {
  expect(snap(10, [7, 12, 30], 2)).toBe(12);
  expect(snap(10, [7, 13], 2)).toBe(10);
});
