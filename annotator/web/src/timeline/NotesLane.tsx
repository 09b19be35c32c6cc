/** Notes that are pinned to pictures, where they belong in time: a mark each, which leads there and says the note. */

import { type KeyboardEvent, type ReactNode } from "react";

import { useT } from "../i18n";
import type { FrameTable } from "../player/frameTable";
import type { Player } from "../player/player";
import { gridPosition } from "./drawLanes";
import { useSeen } from "./seen";

/** `picture_end` is the last picture of a span; `box` is not shown here. */
export interface PinnedNote {
  readonly id: string;
  readonly text: string;
  readonly picture: number;
  readonly picture_end: number | null;
}

interface Props {
  readonly table: FrameTable;
  readonly notes: readonly PinnedNote[];
  readonly player: Player;
}

export function NotesLane({ table, notes, player }: Props): ReactNode {
  const t = useT();
  const [from, to] = useSeen();
  const share = (picture: number): number => (gridPosition(table, picture) / table.grid.length) * 100;
  const shown = notes.filter(({ picture, picture_end: end }) => table.gridOf(end ?? picture) >= from && table.gridOf(picture) <= to);
  return (
    <ul className="tl-notes" aria-label={t("wb.timeline.notes")}>
      {shown.map(({ id, text, picture, picture_end: end }, i) => (
        <li key={id} style={{ left: `${share(picture)}%`, width: end === null ? undefined : `${share(end + 1) - share(picture)}%` }}>
          <button
            type="button"
            tabIndex={i === 0 ? 0 : -1}
            title={text}
            onKeyDown={walk}
            aria-label={t("wb.timeline.note", { picture: String(picture), text })}
            onClick={() => {
              player.show(picture);
            }}
          >
            {text}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Arrows go from note to note: one tab stop for the lane. */
export function walk(event: KeyboardEvent<HTMLButtonElement>): void {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const here = event.currentTarget.closest("li");
  if (by === undefined || !here) return;
  const next = by > 0 ? here.nextElementSibling : here.previousElementSibling;
  next?.querySelector("button")?.focus();
  event.preventDefault();
  event.stopPropagation();
}
