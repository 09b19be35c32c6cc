/** Evidence, other options, notes, and having watched a clip. */
import { expect, test } from "vitest";

import { EMPTY_BODY, type Body } from "../editor/body";
import { addNote, isAbout, notesOf, NO_PIN, pinOf, removeNote } from "../review/notes";
import { accept, addOption, changeOption, clearEvidence, isAnswered, removeOption, repeatsOption, setEvidence, setPoint, writeText } from "./edits";
import { Watch } from "./watched";

const body: Body = {
  ...EMPTY_BODY,
  questions: { a: { id: "a", text: "What?", q_type: "Pose", draft: "It sits.", origin: "imported" } },
};

test("evidence may come before words, stays with every verdict, and never runs backwards", () => {
  const begun = setEvidence(body, "a", "start", 20);
  expect(isAnswered(begun, "a")).toBe(false);
  const turned = setEvidence(setEvidence(begun, "a", "end", 30), "a", "start", 40);
  expect(turned.answers["a"]?.evidence).toEqual({ picture_start: 40, picture_end: 40 });
  const accepted = accept(setPoint(begun, "a", { picture: 21, x: 3.4, y: 5.6 }), "a");
  expect(accepted.answers["a"]).toMatchObject({ verdict: "accept", evidence: { picture_start: 20 }, point: { x: 3, y: 6 } });
  expect(writeText(writeText(accepted, "a", "x"), "a", "").answers["a"]?.evidence).toBeTruthy();
  expect(clearEvidence(begun, "a").answers).toEqual({});
});

test("an option whose words change is to be looked at again, and one that repeats the answer is named", () => {
  const one = changeOption(changeOption(addOption(body, "a"), "a", 0, { text: "It stands." }), "a", 0, { checked: true });
  expect(one.answers["a"]?.distractors).toEqual([{ text: "It stands.", checked: true }]);
  expect(changeOption(one, "a", 0, { text: "It lies." }).answers["a"]?.distractors?.[0]?.checked).toBe(false);
  const repeats = (in_: Body): (boolean | undefined)[] => Object.values(in_.answers).map((answer) => repeatsOption(answer, "It sits.", 0));
  expect(repeats(changeOption(one, "a", 0, { text: "it  SITS." }))).toEqual([true]);
  expect(repeats(one)).toEqual([false]);
  expect(removeOption(one, "a", 0).answers).toEqual({});
});

test("a clip is watched when nearly all of it was played or stepped through, and not by jumping to its end", () => {
  const jumped = new Watch(10, 109);
  jumped.shown(10, false);
  jumped.shown(109, true);
  expect(jumped.done).toBe(false);
  const played = new Watch(10, 109);
  for (let picture = 10; picture < 102; picture += 4) played.shown(picture, true);
  expect(played.share).toBeCloseTo(0.89);
  expect(played.done).toBe(false);
  played.shown(102, true);
  expect(played.done).toBe(true);
});

test("notes are pinned to a picture, a span or a region, and one without words is none", () => {
  const box = { x1: 1.2, y1: 2, x2: 9.7, y2: 8 };
  const noted = addNote(body, " look ", { picture: 5, picture_end: 8, box }, "Ann", "n");
  expect(noted.notes["n"]).toEqual({ id: "n", text: "look", picture: 5, picture_end: 8, box: { x1: 1, y1: 2, x2: 10, y2: 8 }, author: "Ann" });
  expect([4, 5, 8, 9].map((picture) => notesOf(noted).some((note) => isAbout(note, picture)))).toEqual([false, true, true, false]);
  expect(addNote(body, "  ", NO_PIN, "Ann")).toBe(body);
  expect(removeNote(noted, "n").notes).toEqual({});
});

test("a note goes to the picture that its region was dragged on, not to where the film has come meanwhile", () => {
  const region = { picture: 12, box: { x1: 1, y1: 2, x2: 9, y2: 8 } };
  expect(pinOf("picture", 40, null, region)).toEqual({ picture: 12, picture_end: null, box: region.box });
  expect(pinOf("picture", 40, null, null)).toEqual({ picture: 40, picture_end: null, box: null });
  expect(pinOf("span", 40, [10, 20], region)).toEqual({ picture: 10, picture_end: 20, box: region.box });
  expect(pinOf("nothing", 40, [10, 20], region)).toEqual(NO_PIN);
});
