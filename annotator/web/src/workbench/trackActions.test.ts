import { expect, test } from "vitest";

import type { Focus } from "../editor/action";
import type { Span } from "../timeline/spans";
import type { Bench } from "./bench";
import { subjectActions } from "./subjectActions";
import { flagFrom, lockedHere, spanHere, stretchHere, trackActions } from "./trackActions";
import type { Flag } from "./wire";

const flag = (start: number, end = start): Flag => ({ picture_start: start, picture_end: end, why: "area" });

test("the next flag is the first that begins later, the one before the last that begins earlier", () => {
  const flags = [flag(30, 34), flag(5), flag(12, 20)];
  expect(flagFrom(flags, 0, 1)).toBe(flags[1]);
  expect(flagFrom(flags, 5, 1)).toBe(flags[2]);
  expect(flagFrom(flags, 15, 1)).toBe(flags[0]);
  expect(flagFrom(flags, 30, 1)).toBeNull();
  expect(flagFrom(flags, 40, -1)).toBe(flags[0]);
  expect(flagFrom(flags, 12, -1)).toBe(flags[1]);
  expect(flagFrom(flags, 5, -1)).toBeNull();
  expect(flagFrom([], 5, 1)).toBeNull();
});

/** The bench of a subject that is visible on pictures 10 to 20, of which 12 to 14 are locked. */
function bench(at: number, range: Span | null = null, tool = "click"): { bench: Bench; range: () => Span | null } {
  const view = { range, selected: null };
  const parts = {
    player: { playhead: at },
    store: { body: { events: {} } },
    view: { getState: () => view, setState: (change: Partial<typeof view>) => Object.assign(view, change) },
    subjects: { active: { locks: [[12, 14]], track: { presence: [[10, 20]] } }, state: { getState: () => ({ draft: null }) } },
    drawing: { state: { getState: () => ({ tool }) } },
  };
  return { bench: parts as unknown as Bench, range: () => view.range };
}

test("what lies under the playhead is locked when there is no range, and unlocked when it is locked", () => {
  expect(spanHere(bench(11).bench)).toEqual([10, 20]);
  expect(spanHere(bench(30).bench)).toBeNull();
  expect(spanHere(bench(30, [1, 2]).bench)).toEqual([1, 2]);
  expect(lockedHere(bench(12).bench)).toEqual([12, 14]);
  expect(lockedHere(bench(11).bench)).toBeNull();
  expect(lockedHere(bench(30, [14, 40]).bench)).toEqual([14, 40]);
  expect(lockedHere(bench(12, [15, 40]).bench)).toBeNull();
});

test("the stretch takes the place of a range, which stays where there is none", () => {
  const action = trackActions.find(({ id }) => id === "range.stretch");
  const gone = bench(30, [1, 2]);
  expect(stretchHere(gone.bench)).toBeNull();
  expect(action?.enabled?.(gone.bench, FOCUS)).toBe(false);
  const here = bench(15, [1, 2]);
  expect(action?.enabled?.(here.bench, FOCUS)).toBe(true);
  if (action?.kind === "effect") action.run(here.bench, FOCUS);
  expect(here.range()).toEqual([10, 20]);
});

const FOCUS: Focus = { scope: "global", event: null, edge: null };

test("with a drawing tool in the hand, taking back never falls through to events, but on an event it is about that", () => {
  const enabled = subjectActions.find(({ id }) => id === "candidate.undoClick")?.enabled;
  expect(enabled?.(bench(1, null, "brush").bench, FOCUS)).toBe(true);
  expect(enabled?.(bench(1, null, "brush").bench, { ...FOCUS, scope: "event" })).toBe(false);
  expect(enabled?.(bench(1).bench, FOCUS)).toBe(false);
});
