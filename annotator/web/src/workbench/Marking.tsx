/** Over the picture while an event is being marked: where it began, where it would end now, and the keys. */

import type { ReactNode } from "react";
import { useStore } from "zustand";

import { chordsOf, chordText } from "../editor/keymap";
import { useT } from "../i18n";
import { usePlayerState } from "../player/usePlayer";
import { useActions } from "../ui/preferences";
import type { Bench } from "./bench";
import { markActions, wouldEnd } from "./markActions";

export function Marking({ bench }: { readonly bench: Bench }): ReactNode {
  const t = useT();
  const marking = useStore(bench.view, (view) => view.marking);
  const actions = useActions(markActions);
  usePlayerState(bench.player, (state) => state.shown);
  if (marking === null) return null;
  const key = (id: string): string => {
    const action = actions.find((each) => each.id === id);
    return chordText((action && chordsOf(action)[0]) ?? "");
  };
  return (
    <div className="wb-marking">
      <span role="status">{t("wb.marking", { start: String(marking) })}</span>
      <span className="wb-mono" aria-hidden>
        → {wouldEnd(bench)}
      </span>
      <kbd>{key("mark.toggle")}</kbd> {t("wb.marking.end")} <kbd>{key("mark.next")}</kbd> {t("wb.marking.next")} <kbd>{key("mark.cancel")}</kbd>{" "}
      {t("wb.marking.cancel")}
    </div>
  );
}
