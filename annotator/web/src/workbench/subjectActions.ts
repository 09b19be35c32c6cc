/** Actions on subjects: candidates, prompts, tracks. Clicks and boxes come from the scene. */

import type { Action, Focus } from "../editor/action";
import type { Bench } from "./bench";

/** There are candidates to go through; a drawn mask is the only one. */
function choosing(bench: Bench): boolean {
  const { draft } = bench.subjects.state.getState();
  return draft !== null && draft.drawn === null && draft.candidates.length > 0;
}

function acceptable(bench: Bench): boolean {
  const { draft } = bench.subjects.state.getState();
  return draft !== null && (draft.drawn !== null || draft.unanswered !== null || draft.candidates.length > 0);
}

function drafting(bench: Bench): boolean {
  return bench.subjects.state.getState().draft !== null;
}

/**
 * While a drawing tool is in the hand, these keys are about strokes, also when the last one is taken back: one press too many
 * must not remove an event. On an event of the timeline they are about that.
 */
function takesBack(bench: Bench, focus: Focus): boolean {
  return drafting(bench) || (focus.scope === "global" && bench.drawing.state.getState().tool !== "click");
}

function jump(bench: Bench, by: 1 | -1): void {
  const { playhead } = bench.player;
  const pictures = (bench.subjects.active?.prompts ?? []).map((prompt) => prompt.picture).sort((a, b) => a - b);
  const next = by > 0 ? pictures.find((each) => each > playhead) : pictures.findLast((each) => each < playhead);
  if (next !== undefined) bench.player.show(next);
}

export const subjectActions: readonly Action<Bench>[] = [
  {
    kind: "effect",
    id: "candidate.next",
    label: "wb.do.nextCandidate",
    group: "subject",
    keys: ["Tab", "ArrowDown"],
    scope: "draft",
    enabled: choosing,
    run: (bench) => {
      bench.subjects.drafts.cycle(1);
    },
  },
  {
    kind: "effect",
    id: "candidate.previous",
    label: "wb.do.previousCandidate",
    group: "subject",
    keys: ["Shift+Tab", "ArrowUp"],
    scope: "draft",
    enabled: choosing,
    run: (bench) => {
      bench.subjects.drafts.cycle(-1);
    },
  },
  {
    kind: "effect",
    id: "candidate.accept",
    label: "wb.do.accept",
    group: "subject",
    keys: ["Enter"],
    scope: "draft",
    enabled: acceptable,
    run: (bench) => {
      void bench.subjects.drafts.accept();
    },
  },
  {
    kind: "effect",
    id: "candidate.undoClick",
    label: "wb.do.undoClick",
    group: "subject",
    keys: ["Backspace", "Mod+KeyZ"],
    scope: "draft",
    repeats: true,
    enabled: takesBack,
    run: (bench) => {
      void bench.subjects.drafts.undo();
    },
  },
  {
    kind: "effect",
    id: "candidate.discard",
    label: "wb.do.discard",
    group: "subject",
    keys: ["Escape"],
    scope: "draft",
    enabled: drafting,
    run: (bench) => {
      bench.subjects.drafts.discard();
    },
  },
  {
    kind: "effect",
    id: "subject.track",
    label: "wb.do.track",
    group: "subject",
    keys: ["KeyP"],
    scope: "global",
    enabled: (bench) => (bench.subjects.active?.prompts.length ?? 0) > 0,
    run: (bench) => {
      const { active } = bench.subjects;
      if (!active) return;
      void (active.track?.state === "running" ? bench.subjects.cancel(active.id) : bench.subjects.track(active.id));
    },
  },
  {
    kind: "effect",
    id: "subject.absent",
    label: "wb.do.absent",
    group: "subject",
    keys: ["KeyX"],
    scope: "global",
    enabled: (bench) => bench.subjects.active !== null,
    run: (bench) => {
      void (bench.subjects.rulingPrompt()?.absent ? bench.subjects.markPresent() : bench.subjects.markAbsent());
    },
  },
  {
    kind: "effect",
    id: "subject.previousPrompt",
    label: "wb.do.previousPrompt",
    group: "subject",
    keys: ["Shift+Comma"],
    scope: "global",
    run: (bench) => {
      jump(bench, -1);
    },
  },
  {
    kind: "effect",
    id: "subject.nextPrompt",
    label: "wb.do.nextPrompt",
    group: "subject",
    keys: ["Shift+Period"],
    scope: "global",
    run: (bench) => {
      jump(bench, 1);
    },
  },
  {
    kind: "effect",
    id: "subject.hide",
    label: "wb.do.hide",
    group: "subject",
    keys: ["KeyH"],
    scope: "global",
    run: (bench) => {
      const { active } = bench.subjects;
      if (active) bench.subjects.toggleHidden(active.id);
    },
  },
];

/** Only where subjects are chosen: while verifying, the masklet is given. */
export const chooseActions: readonly Action<Bench>[] = [
  {
    kind: "effect",
    id: "subject.new",
    label: "wb.do.newSubject",
    group: "subject",
    keys: ["KeyN"],
    scope: "global",
    run: (bench) => {
      void bench.subjects.add();
    },
  },
];
