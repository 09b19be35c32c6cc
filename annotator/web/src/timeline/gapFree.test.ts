import { expect, test } from "vitest";

import { EMPTY_BODY, eventsOf, type Body } from "../editor/body";
import { moveEdge, removeEvent } from "./events";
import { closeGaps, slideEvent, stretches } from "./gapFree";
import type { Span } from "./spans";

const LIMITS = { length: 60 };
const PRESENT: Span[] = [
  [0, 19],
  [30, 59],
];

function body(...spans: [id: string, start: number, end: number][]): Body {
  const events = Object.fromEntries(spans.map(([id, grid_start, grid_end]) => [id, { id, grid_start, grid_end, caption: id }]));
  return { ...EMPTY_BODY, events };
}

function spans(of: Body): [string, number, number][] {
  return eventsOf(of).map((event) => [event.id, event.grid_start, event.grid_end]);
}

test("holes go to the event before them, the first one reaches back, absence stays uncovered", () => {
  expect(spans(closeGaps(body(["a", 3, 8], ["b", 12, 15], ["c", 40, 45]), PRESENT))).toEqual([
    ["a", 0, 11],
    ["b", 12, 19],
    ["c", 30, 59],
  ]);
  const whole = closeGaps(body(["a", 5, 6]), stretches(null, LIMITS));
  expect(spans(whole)).toEqual([["a", 0, 59]]);
});

test("two events that begin together stay for the person to part, and neither ends before it begins", () => {
  expect(spans(closeGaps(body(["a", 5, 8], ["b", 5, 10]), PRESENT))).toEqual([
    ["a", 0, 4],
    ["b", 5, 19],
  ]);
  const three = closeGaps(body(["a", 0, 3], ["b", 5, 8], ["c", 5, 10]), PRESENT);
  expect(spans(three)).toEqual([
    ["a", 0, 4],
    ["b", 5, 5],
    ["c", 5, 19],
  ]);
});

test("a stretch without events is left alone, and what has no hole is the same document", () => {
  const one = closeGaps(body(["a", 0, 19]), PRESENT);
  expect(spans(one)).toEqual([["a", 0, 19]]);
  expect(closeGaps(one, PRESENT)).toBe(one);
});

test("an edge takes its neighbour along and never opens a hole; a removed event's frames go to the one before", () => {
  const two = body(["a", 0, 9], ["b", 10, 19]);
  const closed = (changed: Body): [string, number, number][] => spans(closeGaps(changed, PRESENT));
  expect(closed(moveEdge(two, "b", "start", 5, LIMITS))).toEqual([["a", 0, 4], ["b", 5, 19]]);
  expect(closed(moveEdge(two, "a", "start", 5, LIMITS))).toEqual([["a", 0, 9], ["b", 10, 19]]);
  expect(closed(moveEdge(two, "b", "end", 12, LIMITS))).toEqual([["a", 0, 9], ["b", 10, 19]]);
  expect(closed(removeEvent(two, "b"))).toEqual([["a", 0, 19]]);
  expect(closed(removeEvent(two, "a"))).toEqual([["b", 0, 19]]);
});

test("an event slides between its neighbours, which keep a frame each", () => {
  const three = body(["a", 0, 9], ["b", 10, 19], ["c", 20, 29]);
  expect(spans(slideEvent(three, "b", 4, LIMITS))).toEqual([["a", 0, 13], ["b", 14, 23], ["c", 24, 29]]);
  expect(spans(slideEvent(three, "b", 99, LIMITS))).toEqual([["a", 0, 18], ["b", 19, 28], ["c", 29, 29]]);
  expect(spans(slideEvent(three, "b", -99, LIMITS))).toEqual([["a", 0, 0], ["b", 1, 10], ["c", 11, 29]]);
  expect(spans(slideEvent(body(["a", 5, 9]), "a", 3, LIMITS))).toEqual([["a", 8, 12]]);
});
