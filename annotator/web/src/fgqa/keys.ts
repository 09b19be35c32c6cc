/** The actions of the question screens: one list feeds keys, buttons, the sheet of keys and the palette. */

import type { RejectReason } from "../api/types";
import type { Action } from "../editor/action";
import { startTour } from "../ui/tour";

/** What a key acts on; the question that is active is the screen's business. */
export interface QuestionKeys {
  readonly readOnly: boolean;
  /** Whether drafts are shown already. */
  readonly revealed: boolean;
  /** Whether this screen decides on the work of somebody else. */
  readonly decides: boolean;
  toggle(): void;
  step(pictures: number): void;
  move(by: 1 | -1): void;
  accept(): void;
  reject(index: number): void;
  write(): void;
  add(): void;
  retype(): void;
  evidence(edge: "start" | "end"): void;
  showEvidence(): void;
  clearEvidence(): void;
  option(): void;
  note(): void;
  undo(): void;
  redo(): void;
  finish(): void;
  skip(): void;
  sendBack(): void;
  help(): void;
  palette(): void;
  leave(): void;
}

type Run = (screen: QuestionKeys) => void;
type Act = Action<QuestionKeys>;
type Keys = Pick<Act, "keys"> & { whileTyping?: readonly string[]; repeats?: boolean; enabled?: (screen: QuestionKeys) => boolean };

const effect = (id: string, label: Act["label"], group: Act["group"], keys: Keys, run: Run): Act => ({
  kind: "effect",
  id,
  label,
  group,
  scope: "global",
  run,
  ...keys,
});

const edits = (screen: QuestionKeys): boolean => !screen.readOnly;
const judges = (screen: QuestionKeys): boolean => !screen.readOnly && screen.revealed;

export const REASON_KEYS: readonly RejectReason[] = ["irrelevant", "unanswerable", "incorrect", "lacks_detail"];

export const questionKeys: readonly Act[] = [
  effect("clip.play", "fgqa.key.play", "play", { keys: ["Space", "KeyK"], whileTyping: ["Mod+Space"] }, (s) => s.toggle()),
  effect("clip.back", "fgqa.key.back", "play", { keys: ["ArrowLeft"], whileTyping: ["Mod+Comma"], repeats: true }, (s) => s.step(-1)),
  effect("clip.on", "fgqa.key.on", "play", { keys: ["ArrowRight"], whileTyping: ["Mod+Period"], repeats: true }, (s) => s.step(1)),
  effect("clip.back10", "fgqa.key.back10", "play", { keys: ["Shift+ArrowLeft"], repeats: true }, (s) => s.step(-10)),
  effect("clip.on10", "fgqa.key.on10", "play", { keys: ["Shift+ArrowRight"], repeats: true }, (s) => s.step(10)),
  effect("question.next", "fgqa.key.next", "mark", { keys: ["ArrowDown"], whileTyping: ["Alt+ArrowDown"], repeats: true }, (s) => s.move(1)),
  effect("question.previous", "fgqa.key.previous", "mark", { keys: ["ArrowUp"], whileTyping: ["Alt+ArrowUp"], repeats: true }, (s) => s.move(-1)),
  effect("draft.accept", "fgqa.key.accept", "mark", { keys: ["KeyY"], enabled: judges }, (s) => s.accept()),
  ...REASON_KEYS.map((reason, index) =>
    effect(`draft.reject.${reason}`, `fgqa.key.reject.${reason}`, "mark", { keys: [`Digit${index + 1}`], enabled: judges }, (s) => s.reject(index)),
  ),
  effect("answer.write", "fgqa.key.write", "mark", { keys: ["KeyW", "Enter"] }, (s) => s.write()),
  effect("answer.leave", "fgqa.key.leave", "mark", { keys: [], whileTyping: ["Escape"] }, (s) => s.leave()),
  effect("evidence.start", "fgqa.key.evidenceStart", "mark", { keys: ["BracketLeft"], whileTyping: ["Mod+BracketLeft"], enabled: edits }, (s) => s.evidence("start")),
  effect("evidence.end", "fgqa.key.evidenceEnd", "mark", { keys: ["BracketRight"], whileTyping: ["Mod+BracketRight"], enabled: edits }, (s) => s.evidence("end")),
  effect("evidence.show", "fgqa.key.evidenceShow", "mark", { keys: ["KeyE"], whileTyping: ["Alt+KeyE"] }, (s) => s.showEvidence()),
  effect("evidence.clear", "fgqa.key.evidenceClear", "mark", { keys: ["Shift+KeyE"], enabled: edits }, (s) => s.clearEvidence()),
  effect("option.add", "fgqa.key.option", "mark", { keys: ["KeyO"], whileTyping: ["Alt+KeyO"], enabled: edits }, (s) => s.option()),
  effect("question.add", "fgqa.key.add", "mark", { keys: ["KeyA"], whileTyping: ["Alt+KeyA"], enabled: edits }, (s) => s.add()),
  effect("question.retype", "fgqa.key.retype", "mark", { keys: ["KeyT"], enabled: edits }, (s) => s.retype()),
  effect("note.new", "wb.do.note", "document", { keys: ["KeyR"], enabled: edits }, (s) => s.note()),
  effect("document.undo", "taskbar.undo", "document", { keys: [], whileTyping: ["Mod+KeyZ"], repeats: true }, (s) => s.undo()),
  effect("document.redo", "wb.do.redo", "document", { keys: [], whileTyping: ["Mod+Shift+KeyZ", "Mod+KeyY"], repeats: true }, (s) => s.redo()),
  effect("task.submit", "fgqa.key.submit", "document", { keys: [], whileTyping: ["Mod+Enter"] }, (s) => s.finish()),
  effect("task.skip", "taskbar.skip", "document", { keys: [], whileTyping: ["Alt+KeyK"] }, (s) => s.skip()),
  effect("task.return", "wb.do.return", "document", { keys: [], whileTyping: ["Alt+KeyR"], enabled: (s) => s.decides }, (s) => s.sendBack()),
  effect("palette", "wb.do.palette", "document", { keys: [], whileTyping: ["Mod+KeyK"] }, (s) => s.palette()),
  effect("tour", "wb.do.tour", "document", { keys: [] }, () => { startTour(); }),
  effect("help", "wb.do.help", "document", { keys: ["Shift+Slash"], whileTyping: ["F1"] }, (s) => s.help()),
];
