/** Keys of one's own, what they may not be, and finding an action by name. */
import { expect, test } from "vitest";

import { type QuestionKeys, questionKeys } from "../fgqa/keys";
import { compareKeys } from "../review/compareKeys";
import { STEPS } from "../workbench/steps";
import type { Action } from "./action";
import { chordOf, chordsOf, conflicts, listenForKeys } from "./keymap";
import { rankOf } from "./matching";
import { holderOf, isTaken, remapped } from "./remap";

const named = (id: string): Action<QuestionKeys> => {
  const found = questionKeys.find((action) => action.id === id);
  if (!found) throw new Error(id);
  return found;
};
const screens: [string, readonly Action<never>[]][] = [
  ...Object.entries(STEPS).map(([kind, step]): [string, readonly Action<never>[]] => [kind, step.actions as readonly Action<never>[]]),
  ["questions", questionKeys as readonly Action<never>[]],
  ["side by side", compareKeys as readonly Action<never>[]],
];

test.each(screens)("%s: no chord means two actions, none is the browser's, and every action has a name of its own", (_kind, actions) => {
  expect(conflicts(actions)).toEqual([]);
  const global = actions.filter(({ scope }) => scope === "global");
  expect(global.flatMap(chordsOf).filter(isTaken)).toEqual([]);
  expect(new Set(actions.map(({ id }) => id)).size).toBe(actions.length);
  expect(new Set(global.map(({ label }) => label)).size).toBe(global.length);
});

test("one's own keys replace an action's, and those with a modifier work while typing", () => {
  const own = { "draft.accept": ["KeyG", "Alt+KeyG"], "task.skip": [] };
  const mine = remapped(questionKeys, own);
  const accept = mine.find(({ id }) => id === "draft.accept");
  expect([accept?.keys, accept?.whileTyping]).toEqual([["KeyG"], ["Alt+KeyG"]]);
  expect(mine.filter(({ id }) => id === "task.skip").flatMap(chordsOf)).toEqual([]);
  expect(remapped(questionKeys, { other: ["KeyG"] })).toBe(questionKeys);
});

test("a key that was free on the screen where it was chosen stays another action's on a screen that has it", () => {
  const own = { "note.new": ["KeyN"], "task.skip": ["Alt+KeyJ", "KeyS"] };
  const captions = STEPS.stc_caption;
  if (!captions) throw new Error("no screen of captions");
  expect(remapped(questionKeys, own).filter(({ id }) => id === "note.new").flatMap(chordsOf)).toEqual(["KeyN"]);
  const there = remapped(captions.actions, own);
  const keysOf = (id: string) => there.filter((action) => action.id === id).flatMap(chordsOf);
  expect(conflicts(there)).toEqual([]);
  expect([keysOf("event.new"), keysOf("note.new"), keysOf("task.skip")]).toEqual([["KeyN"], ["KeyR"], ["Alt+KeyJ"]]);
});

test("a chord that another action of the scope has is refused with its name", () => {
  const accept = named("draft.accept");
  expect(holderOf(questionKeys, accept, "KeyW")?.id).toBe("answer.write");
  expect(holderOf(questionKeys, accept, "KeyY")).toBeNull();
  expect(isTaken("Mod+KeyV")).toBe(true);
});

test("under CapsLock and on a Korean layout the key is the same, and what an IME composes is left alone", () => {
  const pressed: string[] = [];
  const action: Action<null> = {
    kind: "effect", id: "a", label: "wb.do.play", group: "play", keys: ["KeyQ"], scope: "global", run: () => pressed.push("a"),
  };
  const stop = listenForKeys(() => ({ actions: [action], context: null, editable: null }));
  for (const key of ["q", "Q", "ㅂ", "Process"]) dispatchEvent(new KeyboardEvent("keydown", { code: "KeyQ", key, bubbles: true }));
  dispatchEvent(new KeyboardEvent("keydown", { code: "KeyQ", key: "ㅂ", bubbles: true, isComposing: true }));
  stop();
  expect(pressed.length).toBe(4);
  expect(chordOf({ code: "KeyQ", ctrlKey: true, metaKey: false, shiftKey: true, altKey: true })).toBe("Mod+Alt+Shift+KeyQ");
});

test("an action is found by the words of its name, in any order; the beginning of a word goes first", () => {
  expect(rankOf("Merge with the next event", "next mer")).not.toBeNull();
  expect(rankOf("Merge with the next event", "split")).toBeNull();
  const rank = (label: string) => rankOf(label, "end") ?? Infinity;
  expect(rank("End at the playhead")).toBeLessThan(rank("Bend it"));
});
