/**
 * Marking while the clip plays: one key at the beginning of an event, the same at its end (arXiv 2301.00482). A person
 * presses a moment after they have seen it, so a mark is set earlier by their own reaction time, at the speed played.
 */

import type { Action } from "../editor/action";
import { newId, type Body } from "../editor/body";
import { t } from "../i18n";
import type { FrameTable } from "../player/frameTable";
import { addEvent, eventAt } from "../timeline/events";
import { preferencesNow } from "../ui/preferences";
import { say } from "../ui/toast";
import { gridHead, limits, type Bench } from "./bench";

/** The grid frame that was seen `reactionMs` before picture `head` came, playing at `rate` (backwards below 0). */
export function seenAt(table: Pick<FrameTable, "seconds" | "pictureAt" | "gridOf">, head: number, rate: number, reactionMs: number): number {
  if (rate === 0) return table.gridOf(head);
  return table.gridOf(table.pictureAt(table.seconds(head) - (rate * reactionMs) / 1000));
}

function meantGrid({ player }: Bench): number {
  const { rate } = player.state.getState();
  return seenAt(player.table, player.playhead, rate, preferencesNow().reaction_ms);
}

/** An event over a span; it takes the stretch of it that is free, nothing where none is. */
export function marked(body: Body, from: number, to: number, length: number, id: string): Body {
  const span = [Math.min(from, to), Math.max(from, to)] as const;
  const at = freeFrom(body, span);
  return at === null ? body : addEvent(body, at, { length }, span, id);
}

function freeFrom(body: Body, [start, end]: readonly [number, number]): number | null {
  for (let grid = start; grid <= end; grid += 1) {
    const there = eventAt(body, grid);
    if (!there) return grid;
    grid = there.grid_end;
  }
  return null;
}

/** Ends the event under way at `at`; false where no room is left for it. */
function finish(bench: Bench, from: number, at: number): boolean {
  const id = newId();
  bench.store.edit("wb.do.mark", (body) => marked(body, from, at, limits(bench).length, id));
  const made = bench.store.body.events[id] !== undefined;
  if (made) bench.view.setState({ selected: id });
  else say(t("wb.mark.full"));
  return made;
}

export const markActions: readonly Action<Bench>[] = [
  {
    kind: "effect",
    id: "mark.toggle",
    label: "wb.do.mark",
    group: "mark",
    keys: ["KeyA"],
    whileTyping: ["Alt+KeyA"],
    scope: "global",
    enabled: (bench) => !bench.store.state.getState().readOnly,
    run: (bench) => {
      const { marking } = bench.view.getState();
      const at = meantGrid(bench);
      if (marking === null) {
        bench.view.setState({ marking: at });
        return;
      }
      bench.view.setState({ marking: null });
      finish(bench, marking, at);
    },
  },
  {
    kind: "effect",
    id: "mark.next",
    label: "wb.do.markNext",
    group: "mark",
    keys: ["Shift+KeyA"],
    whileTyping: ["Alt+Shift+KeyA"],
    scope: "global",
    enabled: (bench) => !bench.store.state.getState().readOnly,
    run: (bench) => {
      const { marking } = bench.view.getState();
      const at = meantGrid(bench);
      if (marking !== null) finish(bench, marking, Math.max(marking, at - 1));
      bench.view.setState({ marking: at });
    },
  },
  {
    kind: "effect",
    id: "mark.cancel",
    label: "wb.do.markCancel",
    group: "mark",
    keys: ["Shift+Backspace"],
    scope: "global",
    enabled: (bench) => bench.view.getState().marking !== null,
    run: (bench) => {
      bench.view.setState({ marking: null });
    },
  },
];

/** Where the event under way would end if its key were pressed now. */
export function wouldEnd(bench: Bench): number {
  return bench.player.playing ? meantGrid(bench) : gridHead(bench);
}
