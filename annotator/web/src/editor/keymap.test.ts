import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { STEPS } from "../workbench/steps";
import type { Action } from "./action";
import { chordOf, chordText, conflicts, find, keepsKeys, listenForKeys } from "./keymap";

const press = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };

test.each(Object.entries(STEPS))("%s: no two actions share a chord where both could be meant", (_kind, step) => {
  expect(conflicts(step.actions)).toEqual([]);
  const ids = step.actions.map((action) => action.id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("the check finds a conflict", () => {
  const base = { label: "wb.do.play", group: "play", keys: ["Space"], scope: "global", kind: "effect", run: () => undefined } as const;
  expect(conflicts([{ ...base, id: "a" }, { ...base, id: "b" }])).toEqual([{ chord: "Space", first: "a", second: "b" }]);
});

test("no chord that a text field needs is taken while typing", () => {
  const needed = ["KeyA", "KeyC", "KeyV", "KeyX", "ArrowLeft", "ArrowRight", "Backspace", "Delete", "Home", "End"];
  for (const step of Object.values(STEPS)) {
    for (const action of step.actions) {
      for (const chord of action.whileTyping ?? []) {
        const bare = chord.split("+").at(-1) ?? "";
        if (chord.startsWith("Mod+") && !chord.includes("Shift")) expect(needed, action.id).not.toContain(bare);
        expect(/^(Shift\+)?(Key|Digit|Space|Arrow|Backspace|Delete)/.test(chord), `${action.id} ${chord}`).toBe(false);
      }
    }
  }
});

test("chords go by code, so that CapsLock and a Korean layout do not matter", () => {
  expect(chordOf({ ...press, code: "KeyS" })).toBe("KeyS");
  expect(chordOf({ ...press, code: "KeyZ", metaKey: true, shiftKey: true })).toBe("Mod+Shift+KeyZ");
  expect(chordOf({ ...press, code: "NumpadEnter", ctrlKey: true })).toBe("Mod+Enter");
  expect(chordText("Mod+Shift+KeyZ", false)).toBe("Ctrl ⇧ Z");
  expect(chordText("Shift+Slash", false)).toBe("?");
});

test("the focused scope comes before a draft, a draft before the rest", () => {
  const action = (id: string, scope: Action<null>["scope"]): Action<null> => ({
    kind: "effect",
    id,
    label: "wb.do.play",
    group: "play",
    keys: ["ArrowLeft"],
    scope,
    run: () => undefined,
  });
  const all = [action("anywhere", "global"), action("edge", "edge"), action("draft", "draft")];
  const ids = (scope: Action<null>["scope"]): string[] => find(all, "ArrowLeft", scope, false).map((each) => each.id);
  expect(ids("edge")).toEqual(["edge", "draft", "anywhere"]);
  expect(ids("global")).toEqual(["draft", "anywhere"]);
  expect(find(all, "ArrowLeft", "global", true)).toEqual([]);
});

const run = vi.fn();
let stop: () => void;

beforeEach(() => {
  run.mockReset();
  const actions: Action<null>[] = [
    {
      kind: "effect",
      id: "play",
      label: "wb.do.play",
      group: "play",
      keys: ["Space"],
      whileTyping: ["Mod+Space"],
      scope: "global",
      run,
    },
  ];
  stop = listenForKeys(() => ({ actions, context: null, editable: null }));
  document.body.innerHTML = '<textarea></textarea><button>b</button><div role="dialog"><span tabindex="0"></span></div><p tabindex="0"></p>';
});

afterEach(() => {
  stop();
});

function type(selector: string, init: KeyboardEventInit): void {
  document.querySelector(selector)?.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init }));
}

test("keys work on the page, not in text fields, on buttons or in dialogs", () => {
  type("textarea", { code: "Space" });
  type("button", { code: "Space" });
  type("[role=dialog] span", { code: "Space" });
  expect(run).not.toHaveBeenCalled();
  type("p", { code: "Space" });
  expect(run).toHaveBeenCalledTimes(1);
  type("textarea", { code: "Space", ctrlKey: true });
  expect(run).toHaveBeenCalledTimes(2);
});

test("a button that keeps the keys takes no focus, and ends a text field's", () => {
  const field = document.querySelector("textarea");
  field?.focus();
  const press = { preventDefault: vi.fn() };
  keepsKeys.onMouseDown(press);
  expect(press.preventDefault).toHaveBeenCalledOnce();
  expect(document.activeElement).not.toBe(field);
});

test("keys of an input method under way, and held keys of single actions, do nothing", () => {
  type("p", { code: "Space", isComposing: true });
  type("p", { code: "Space", repeat: true });
  expect(run).not.toHaveBeenCalled();
});
