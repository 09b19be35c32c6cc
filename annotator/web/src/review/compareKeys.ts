/** The actions of the screen that sets two documents beside each other. Nothing here changes a document. */

import type { Action } from "../editor/action";
import type { MessageKey } from "../i18n";

export interface CompareKeys {
  toggle(): void;
  step(pictures: number): void;
  /** To the next or the previous part. */
  move(by: 1 | -1): void;
  /** To the next part that differs. */
  different(): void;
  /** Shows or hides the masks of a side. */
  masks(side: "left" | "right"): void;
  swap(): void;
  help(): void;
}

type Act = Action<CompareKeys>;
type Keys = Pick<Act, "keys"> & { whileTyping?: readonly string[]; repeats?: boolean };

const effect = (id: string, label: MessageKey, group: Act["group"], keys: Keys, run: (screen: CompareKeys) => void): Act => ({
  kind: "effect",
  id,
  label,
  group,
  scope: "global",
  run,
  ...keys,
});

export const compareKeys: readonly Act[] = [
  effect("clip.play", "fgqa.key.play", "play", { keys: ["Space", "KeyK"] }, (s) => s.toggle()),
  effect("clip.back", "fgqa.key.back", "play", { keys: ["ArrowLeft"], repeats: true }, (s) => s.step(-1)),
  effect("clip.on", "fgqa.key.on", "play", { keys: ["ArrowRight"], repeats: true }, (s) => s.step(1)),
  effect("clip.back10", "fgqa.key.back10", "play", { keys: ["Shift+ArrowLeft"], repeats: true }, (s) => s.step(-10)),
  effect("clip.on10", "fgqa.key.on10", "play", { keys: ["Shift+ArrowRight"], repeats: true }, (s) => s.step(10)),
  effect("compare.next", "compare.key.next", "mark", { keys: ["ArrowDown"], repeats: true }, (s) => s.move(1)),
  effect("compare.previous", "compare.key.previous", "mark", { keys: ["ArrowUp"], repeats: true }, (s) => s.move(-1)),
  effect("compare.different", "compare.key.different", "mark", { keys: ["KeyN"] }, (s) => s.different()),
  effect("compare.left", "compare.key.left", "subject", { keys: ["Digit1"] }, (s) => s.masks("left")),
  effect("compare.right", "compare.key.right", "subject", { keys: ["Digit2"] }, (s) => s.masks("right")),
  effect("compare.swap", "compare.key.swap", "document", { keys: ["KeyX"] }, (s) => s.swap()),
  effect("help", "wb.do.help", "document", { keys: ["Shift+Slash"], whileTyping: ["F1"] }, (s) => s.help()),
];
