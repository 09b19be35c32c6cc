/** Actions of drawing: the tools, the brush's size, an outline under way, and the cleaning of a mask. */

import type { Action } from "../editor/action";
import type { Bench } from "./bench";
import type { Tool } from "./drawing";

const taking = (tool: Tool, key: string): Action<Bench> => ({
  kind: "effect",
  id: `tool.${tool}`,
  label: `wb.do.tool.${tool}`,
  group: "draw",
  keys: [key],
  scope: "global",
  run: (bench) => {
    bench.drawing.take(tool);
  },
});

const cleaning = (verb: "fill_holes" | "remove_specks" | "largest", key: string): Action<Bench> => ({
  kind: "effect",
  id: `mask.${verb}`,
  label: `wb.do.${verb}`,
  group: "draw",
  keys: [key],
  scope: "global",
  enabled: (bench) => bench.subjects.active !== null,
  run: (bench) => {
    bench.drawing.clean(verb);
  },
});

const outlining = (bench: Bench): boolean => bench.drawing.outlining;

export const drawActions: readonly Action<Bench>[] = [
  taking("click", "KeyC"),
  taking("brush", "KeyB"),
  taking("eraser", "KeyW"),
  taking("outline", "KeyG"),
  {
    kind: "effect",
    id: "brush.smaller",
    label: "wb.do.smallerBrush",
    group: "draw",
    keys: ["BracketLeft"],
    scope: "drawing",
    repeats: true,
    enabled: (bench) => bench.drawing.brushing,
    run: (bench) => {
      bench.drawing.resize(-1);
    },
  },
  {
    kind: "effect",
    id: "brush.larger",
    label: "wb.do.largerBrush",
    group: "draw",
    keys: ["BracketRight"],
    scope: "drawing",
    repeats: true,
    enabled: (bench) => bench.drawing.brushing,
    run: (bench) => {
      bench.drawing.resize(1);
    },
  },
  {
    kind: "effect",
    id: "outline.close",
    label: "wb.do.closeOutline",
    group: "draw",
    keys: ["Enter"],
    scope: "drawing",
    enabled: outlining,
    run: (bench) => {
      bench.drawing.close();
    },
  },
  {
    kind: "effect",
    id: "outline.removeCorner",
    label: "wb.do.removeCorner",
    group: "draw",
    keys: ["Backspace", "Mod+KeyZ"],
    scope: "drawing",
    repeats: true,
    enabled: outlining,
    run: (bench) => {
      bench.drawing.removeCorner();
    },
  },
  {
    kind: "effect",
    id: "outline.leave",
    label: "wb.do.leaveOutline",
    group: "draw",
    keys: ["Escape"],
    scope: "drawing",
    enabled: outlining,
    run: (bench) => {
      bench.drawing.leaveOutline();
    },
  },
  cleaning("fill_holes", "Shift+KeyH"),
  cleaning("remove_specks", "Shift+KeyD"),
  cleaning("largest", "Shift+KeyG"),
];
