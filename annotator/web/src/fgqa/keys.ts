/** The keys of the question screens: one list feeds dispatch and the sheet of keys. */

import type { RejectReason } from "../api/types";
import type { Action } from "../editor/action";

/** What a key acts on; the question that is active is the screen's business. */
export interface QuestionKeys {
  toggle(): void;
  step(pictures: number): void;
  move(by: 1 | -1): void;
  accept(): void;
  reject(index: number): void;
  write(): void;
  add(): void;
  undo(): void;
  redo(): void;
  finish(): void;
  skip(): void;
}

type Run = (screen: QuestionKeys) => void;
type Keys = Pick<Action<QuestionKeys>, "keys"> & { whileTyping?: readonly string[]; repeats?: boolean };

const effect = (id: string, label: Action<QuestionKeys>["label"], group: Action<QuestionKeys>["group"], keys: Keys, run: Run): Action<QuestionKeys> => ({
  kind: "effect",
  id,
  label,
  group,
  scope: "global",
  run,
  ...keys,
});

export const REASON_KEYS: readonly RejectReason[] = ["irrelevant", "unanswerable", "incorrect", "lacks_detail"];

export const questionKeys: readonly Action<QuestionKeys>[] = [
  effect("clip.play", "fgqa.key.play", "play", { keys: ["Space", "KeyK"], whileTyping: ["Mod+Space"] }, (s) => s.toggle()),
  effect("clip.back", "fgqa.key.step", "play", { keys: ["ArrowLeft"], whileTyping: ["Mod+Comma"], repeats: true }, (s) => s.step(-1)),
  effect("clip.on", "fgqa.key.step", "play", { keys: ["ArrowRight"], whileTyping: ["Mod+Period"], repeats: true }, (s) => s.step(1)),
  effect("clip.back10", "fgqa.key.jump", "play", { keys: ["Shift+ArrowLeft"], repeats: true }, (s) => s.step(-10)),
  effect("clip.on10", "fgqa.key.jump", "play", { keys: ["Shift+ArrowRight"], repeats: true }, (s) => s.step(10)),
  effect("question.next", "fgqa.key.next", "mark", { keys: ["ArrowDown"], whileTyping: ["Alt+ArrowDown"], repeats: true }, (s) => s.move(1)),
  effect("question.previous", "fgqa.key.next", "mark", { keys: ["ArrowUp"], whileTyping: ["Alt+ArrowUp"], repeats: true }, (s) => s.move(-1)),
  effect("draft.accept", "fgqa.key.accept", "mark", { keys: ["KeyY"] }, (s) => s.accept()),
  ...REASON_KEYS.map((reason, index) =>
    effect(`draft.reject.${reason}`, "fgqa.key.reject", "mark", { keys: [`Digit${index + 1}`] }, (s) => s.reject(index)),
  ),
  effect("answer.write", "fgqa.key.write", "mark", { keys: ["KeyW", "Enter"] }, (s) => s.write()),
  effect("question.add", "fgqa.key.add", "mark", { keys: ["KeyA"], whileTyping: ["Alt+KeyA"] }, (s) => s.add()),
  effect("document.undo", "taskbar.undo", "document", { keys: [], whileTyping: ["Mod+KeyZ"], repeats: true }, (s) => s.undo()),
  effect("document.redo", "taskbar.undo", "document", { keys: [], whileTyping: ["Mod+Shift+KeyZ", "Mod+KeyY"], repeats: true }, (s) => s.redo()),
  effect("task.finish", "fgqa.key.submit", "document", { keys: [], whileTyping: ["Mod+Enter"] }, (s) => s.finish()),
  effect("task.skip", "taskbar.skip", "document", { keys: [], whileTyping: ["Alt+KeyK"] }, (s) => s.skip()),
];
