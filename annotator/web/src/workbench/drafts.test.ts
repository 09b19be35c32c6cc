import { expect, test } from "vitest";

import { answered, drawnOn, takenBack, type Draft } from "./drafts";
import type { DrawingStep } from "./wire";

const empty: Draft = {
  masklet: "m",
  picture: 3,
  points: [],
  box: null,
  candidates: [],
  chosen: 0,
  waiting: false,
  drawn: null,
  before: null,
};
const dab = (x: number): DrawingStep => ({ verb: "add", stroke: [[x, 1]], radius: 2 });

test("strokes that are not answered yet are drawn together on the mask that they began with", () => {
  const first = drawnOn(empty, "under", dab(1), null);
  const second = drawnOn(first, "what is shown meanwhile", dab(2), first);
  expect(second.drawn).toEqual({ base: "under", steps: [dab(1), dab(2)] });
  expect(second.waiting).toBe(true);
  const known = answered(second, "both");
  expect(known.candidates).toEqual([{ counts: "both", score: 1 }]);
  expect(drawnOn(known, "both", dab(3), known).drawn).toEqual({ base: "both", steps: [dab(3)] });
});

test("a drawing on a chosen candidate keeps showing that one until it is answered", () => {
  const candidates = [
    { counts: "a", score: 0.9 },
    { counts: "b", score: 0.5 },
  ];
  const draft: Draft = { ...empty, points: [{ x: 1, y: 1, positive: true }], candidates, chosen: 1 };
  const drawn = drawnOn(draft, "b", dab(1), draft);
  expect(drawn.candidates).toEqual([candidates[1]]);
  expect(drawn.chosen).toBe(0);
  expect(drawn.points).toBe(draft.points);
  expect(takenBack(answered(drawn, "c"))).toBe(draft);
});

test("each stroke is taken back by itself, then the clicks, then nothing is left", () => {
  const click = { x: 1, y: 1, positive: true };
  const clicked: Draft = { ...empty, points: [click, click] };
  const one = answered(drawnOn(clicked, null, dab(1), clicked), "one");
  const two = answered(drawnOn(one, "one", dab(2), one), "two");
  expect(takenBack(two)).toBe(one);
  expect(takenBack(one)).toBe(clicked);
  expect(takenBack(clicked)).toEqual({ ...clicked, points: [click], waiting: true });
  expect(takenBack({ ...empty, points: [click] })).toBeNull();
  expect(takenBack(answered(drawnOn(empty, null, dab(1), null), "x"))).toBeNull();
});
