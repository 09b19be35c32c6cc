/** Actions of the screen itself: find an action by name, return the work, and what is set for the person. */

import type { Action } from "../editor/action";
import { startTour } from "../ui/tour";
import type { Bench } from "./bench";

export const screenActions: readonly Action<Bench>[] = [
  {
    kind: "effect",
    id: "palette",
    label: "wb.do.palette",
    group: "document",
    keys: [],
    whileTyping: ["Mod+KeyK"],
    scope: "global",
    run: (bench) => {
      bench.view.setState({ palette: true });
    },
  },
  {
    kind: "effect",
    id: "tour",
    label: "wb.do.tour",
    group: "document",
    keys: [],
    scope: "global",
    run: startTour,
  },
  {
    kind: "effect",
    id: "note.new",
    label: "wb.do.note",
    group: "document",
    keys: ["KeyR"],
    scope: "global",
    enabled: (bench) => !bench.store.state.getState().readOnly,
    run: (bench) => {
      bench.view.setState({ noting: true });
    },
  },
];

export const reactionAction: Action<Bench> = {
  kind: "effect",
  id: "view.reaction",
  label: "wb.do.reaction",
  group: "document",
  keys: [],
  scope: "global",
  run: (bench) => {
    bench.view.setState({ reaction: true });
  },
};

/** Where a screen decides on the work of others. */
export const decideActions: readonly Action<Bench>[] = [
  {
    kind: "effect",
    id: "task.return",
    label: "wb.do.return",
    group: "document",
    keys: [],
    whileTyping: ["Alt+KeyR"],
    scope: "global",
    enabled: (bench) => bench.task.mine,
    run: (bench) => {
      bench.sendBack();
    },
  },
];
