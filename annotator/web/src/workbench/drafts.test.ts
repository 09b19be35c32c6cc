import { afterEach, expect, test, vi } from "vitest";
import { createStore } from "zustand/vanilla";

import { ApiError } from "../api/error";
import { answered, drawnOn, Drafts, holdsDrawing, takenBack, type Draft, type DraftParts } from "./drafts";
import type { SubjectsState } from "./subjects";
import type { DrawingStep } from "./wire";

const empty: Draft = {
  masklet: "m",
  picture: 3,
  points: [],
  box: null,
  candidates: [],
  chosen: 0,
  waiting: false,
  unanswered: null,
  drawn: null,
  before: null,
};
const click = { x: 1, y: 1, positive: true };
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
  const draft: Draft = { ...empty, points: [click], candidates, chosen: 1 };
  const drawn = drawnOn(draft, "b", dab(1), draft);
  expect(drawn.candidates).toEqual([candidates[1]]);
  expect(drawn.chosen).toBe(0);
  expect(drawn.points).toBe(draft.points);
  expect(takenBack(answered(drawn, "c"))).toBe(draft);
});

test("each stroke is taken back by itself, then the clicks, then nothing is left", () => {
  const clicked: Draft = { ...empty, points: [click, click] };
  const one = answered(drawnOn(clicked, null, dab(1), clicked), "one");
  const two = answered(drawnOn(one, "one", dab(2), one), "two");
  expect(takenBack(two)).toBe(one);
  expect(takenBack(one)).toBe(clicked);
  expect(takenBack(clicked)).toEqual({ ...clicked, points: [click], waiting: true });
  expect(takenBack({ ...empty, points: [click] })).toBeNull();
  expect(takenBack(answered(drawnOn(empty, null, dab(1), null), "x"))).toBeNull();
});

test("a draft holds a drawing also where a click has come after it", () => {
  const drawn = answered(drawnOn(empty, null, dab(1), null), "x");
  expect(holdsDrawing(drawn)).toBe(true);
  expect(holdsDrawing({ ...drawn, points: [click], drawn: null, before: drawn })).toBe(true);
  expect(holdsDrawing({ ...empty, points: [click] })).toBe(false);
  expect(holdsDrawing(null)).toBe(false);
});

/** A server that answers each drawing with the verbs and numbers it was told, and each click with two masks. */
function bench(given: Partial<DraftParts> = {}) {
  const state = createStore<SubjectsState>(() => ({
    masklets: [],
    active: "m",
    hidden: new Set<string>(),
    draft: null,
    refused: false,
    busy: false,
    error: null,
  }));
  const at = { picture: 3 };
  const server = {
    draw: vi.fn<DraftParts["server"]["draw"]>((_id, { counts, steps }) =>
      Promise.resolve({ counts: `${counts ?? "none"}+${steps.length}`, area: 1 }),
    ),
    propose: vi.fn<DraftParts["server"]["propose"]>(() =>
      Promise.resolve({
        candidates: [
          { counts: "a", score: 0.9 },
          { counts: "b", score: 0.5 },
        ],
      }),
    ),
  };
  const store = vi.fn<DraftParts["store"]>(() => Promise.resolve(true));
  const drafts = new Drafts({
    state,
    editable: true,
    server,
    picture: () => at.picture,
    maskOf: () => Promise.resolve("track"),
    add: () => Promise.resolve(null),
    store,
    ...given,
  });
  const stroke = async (x: number, picture = at.picture) => {
    await drafts.draw(dab(x), picture);
    await vi.waitFor(() => {
      expect(state.getState().draft?.waiting).not.toBe(true);
    });
  };
  return { state, drafts, server, store, at, stroke, draft: () => state.getState().draft };
}

afterEach(() => {
  vi.restoreAllMocks();
});

test("what is drawn is not replaced from another picture or subject: the person decides first", async () => {
  const { state, drafts, store, at, stroke, draft } = bench();
  await stroke(1);
  const kept = draft();
  expect(kept?.candidates[0]?.counts).toBe("track+1");
  at.picture = 8;
  await drafts.draw(dab(2), 8);
  await drafts.click(5, 5, true);
  await drafts.box({ x1: 0, y1: 0, x2: 9, y2: 9 });
  expect(draft()).toBe(kept);
  expect(state.getState().refused).toBe(true);
  state.setState({ active: "n", refused: false });
  at.picture = 3;
  drafts.leave();
  await drafts.draw(dab(2), 3);
  expect(draft()).toBe(kept);
  expect(state.getState().refused).toBe(true);
  await drafts.accept();
  expect(store).toHaveBeenCalledWith("m", { picture: 3, points: [], box: null, counts: "track+1", absent: false });
  expect(draft()).toBeNull();
  expect(state.getState().refused).toBe(false);
  await stroke(2, 8);
  expect(draft()?.picture).toBe(8);
});

test("a draft of clicks is replaced by one on another picture", async () => {
  const { state, drafts, at, draft } = bench();
  await drafts.click(1, 1, true);
  at.picture = 8;
  await drafts.click(2, 2, true);
  expect(draft()).toMatchObject({ picture: 8, points: [{ x: 2, y: 2 }] });
  expect(state.getState().refused).toBe(false);
  drafts.leave();
  expect(draft()).toBeNull();
});

test("nothing goes on while a draft is open; what is being stored is waited for", async () => {
  let stored: (value: boolean) => void = () => undefined;
  const { state, drafts } = bench({ store: () => new Promise((resolve) => { stored = resolve; }) });
  expect(await drafts.free()).toBe(true);
  await drafts.click(1, 1, true);
  expect(await drafts.free()).toBe(false);
  expect(state.getState().refused).toBe(true);
  void drafts.accept();
  const free = drafts.free();
  await vi.waitFor(() => {
    stored(true);
    expect(state.getState().draft).toBeNull();
  });
  expect(await free).toBe(true);
});

test("a picture that is not certain begins nothing", async () => {
  const { drafts, draft, server } = bench({ picture: () => null });
  await drafts.click(1, 1, true);
  expect(draft()).toBeNull();
  expect(server.propose).not.toHaveBeenCalled();
});

test("a drawing that reached nobody is kept, with the reason; Enter asks again, and the next one takes it", async () => {
  const { state, drafts, server, store, draft } = bench();
  server.draw.mockRejectedValueOnce(new ApiError(0, "fetch failed", [], undefined));
  await drafts.draw(dab(1), 3);
  await vi.waitFor(() => {
    expect(draft()?.unanswered?.status).toBe(0);
  });
  server.draw.mockRejectedValueOnce(new ApiError(409, "Not yours any more.", [], undefined));
  await drafts.accept();
  expect(draft()).toMatchObject({ waiting: true, unanswered: { status: 409 }, drawn: { base: "track", steps: [dab(1)] } });
  expect(store).not.toHaveBeenCalled();
  await drafts.accept();
  expect(draft()).toMatchObject({ waiting: false, unanswered: null, candidates: [{ counts: "track+1" }] });
  expect(store).not.toHaveBeenCalled();
  await drafts.accept();
  expect(store).toHaveBeenCalledOnce();
  expect(state.getState().draft).toBeNull();
});

test("what the server cannot draw is taken back and said", async () => {
  const { state, drafts, server, stroke, draft } = bench();
  await stroke(1);
  const before = draft();
  server.draw.mockRejectedValueOnce(new ApiError(422, "Nothing is left.", [], undefined));
  await drafts.draw(dab(2), 3);
  await vi.waitFor(() => {
    expect(draft()).toBe(before);
  });
  expect(state.getState().error).toMatchObject({ message: "Nothing is left." });
});

test("a stroke goes on what is there when its mask has come: a click meanwhile is not lost", async () => {
  let come: (counts: string) => void = () => undefined;
  const { drafts, draft } = bench({ maskOf: () => new Promise((resolve) => { come = resolve; }) });
  const drawn = drafts.draw(dab(1), 3);
  await drafts.click(4, 4, true);
  drafts.choose(1);
  come("track");
  await drawn;
  await vi.waitFor(() => {
    expect(draft()).toMatchObject({ waiting: false, points: [{ x: 4, y: 4 }], candidates: [{ counts: "b+1" }] });
  });
});

test("a mask that cannot be loaded is no empty one: nothing is drawn on it", async () => {
  const gone = new Error("gone");
  const { state, drafts, server } = bench({ maskOf: () => Promise.reject(gone) });
  await drafts.draw(dab(1), 3);
  expect(server.draw).not.toHaveBeenCalled();
  expect(state.getState()).toMatchObject({ draft: null, error: gone });
});
