/** Two documents beside each other. */
import { expect, test } from "vitest";

import { EMPTY_BODY, type AnswerRecord, type Body, type EventRecord } from "../editor/body";
import { aligned, nextDifference, rowsOf, tiou } from "./compare";
import { overlaysOf } from "./useSideMasks";

const event = (id: string, grid_start: number, grid_end: number, caption = id): EventRecord => ({ id, grid_start, grid_end, caption });
const bodyOf = (...events: EventRecord[]): Body => ({ ...EMPTY_BODY, events: Object.fromEntries(events.map((each) => [each.id, each])) });
const pictures = ({ grid_start, grid_end }: EventRecord): [number, number] => [grid_start * 4, grid_end * 4 + 3];
const names = (pairs: [EventRecord | null, EventRecord | null][]): [string | undefined, string | undefined][] => pairs.map(([a, b]) => [a?.id, b?.id]);

test("spans overlap by what they share over what they cover, both ends counted", () => {
  expect(tiou([0, 9], [0, 9])).toBe(1);
  expect(tiou([0, 9], [5, 14])).toBeCloseTo(1 / 3);
  expect(tiou([0, 9], [10, 19])).toBe(0);
});

test("events of two people are paired by time, and who has no partner stands alone where they belong", () => {
  const left = [event("a", 0, 9), event("b", 10, 19), event("c", 30, 39)];
  const right = [event("x", 0, 11), event("y", 12, 19), event("z", 20, 29), event("w", 30, 35)];
  expect(names(aligned(left, right))).toEqual([
    ["a", "x"],
    ["b", "y"],
    [undefined, "z"],
    ["c", "w"],
  ]);
  expect(names(aligned([], right.slice(0, 1)))).toEqual([[undefined, "x"]]);
  // One long event against three: the one that is most alike.
  expect(names(aligned([event("a", 0, 29)], [event("x", 0, 4), event("y", 5, 27), event("z", 28, 29)]))).toEqual([
    [undefined, "x"],
    ["a", "y"],
    [undefined, "z"],
  ]);
});

test("an event that a verifier moved is the same one still", () => {
  const rows = rowsOf(bodyOf(event("a", 0, 4, "It runs.")), bodyOf(event("a", 6, 9, "It runs.")), pictures);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ differs: true, tiou: 0, left: { span: [0, 19], grid: [0, 4] }, right: { span: [24, 39] } });
});

test("five hundred events on both sides are aligned at once", () => {
  const many = (by: number): EventRecord[] => Array.from({ length: 500 }, (_, i) => event(`${by} ${i}`, i * 20 + by, i * 20 + by + 15));
  const began = performance.now();
  const pairs = aligned(many(0), many(3));
  expect(pairs.every(([a, b]) => a?.grid_start === (b?.grid_start ?? 0) - 3)).toBe(true);
  expect(performance.now() - began).toBeLessThan(2000);
});

test("answers are compared by their question, with the draft that was accepted as words, and differences are walked through", () => {
  const questions = {
    q: { id: "q", text: "What?", q_type: "Pose", draft: "It sits.", origin: "imported" as const },
    r: { id: "r", text: "Where?", q_type: "Pose", draft: null, origin: "imported" as const },
    s: { id: "s", text: "Never answered?", q_type: "Pose", draft: null, origin: "imported" as const },
  };
  const said = (...answers: AnswerRecord[]): Body => ({ ...EMPTY_BODY, questions, answers: Object.fromEntries(answers.map((each) => [each.id, each])) });
  const evidence = { picture_start: 0, picture_end: 9 };
  const left = said(
    { id: "q", verdict: "accept", reason: null, text: "", evidence },
    { id: "r", verdict: "write", reason: null, text: "Left.", distractors: [] },
  );
  const right = said(
    { id: "q", verdict: "reject", reason: "incorrect", text: "It stands.", evidence: { picture_start: 5, picture_end: 9 } },
    { id: "r", verdict: "write", reason: null, text: "Left." },
  );
  const rows = rowsOf(left, right, pictures);
  expect(rows.map(({ id, differs }) => [id, differs])).toEqual([
    ["q", true],
    ["r", false],
  ]);
  expect(rows[0]).toMatchObject({ title: "What?", tiou: 0.5, left: { text: "It sits." }, right: { text: "It stands.", reason: "incorrect" } });
  expect(nextDifference(rows, null)?.id).toBe("q");
  expect(nextDifference(rows, "q")?.id).toBe("q");
  expect(nextDifference(rows.slice(1), "r")).toBeNull();
});

test("masks that both sides have are shown once, others in their side's colour", () => {
  const masks = (...tracks: string[]) => ({
    masks: tracks.map((track_id, i) => ({ masklet_id: `m${i}`, number: i + 1, label: "", track_id, presence: null })),
  });
  const found = overlaysOf(masks("a", "b"), masks("a", "c"));
  expect(found.map(({ key, track, of }) => [key, track, of])).toEqual([
    ["left m0", "a", "both"],
    ["left m1", "b", "left"],
    ["right m1", "c", "right"],
  ]);
  expect(overlaysOf(null, masks("a")).map(({ of }) => of)).toEqual(["right"]);
});
