/** Both sides along the clip: where each has the subject, its events or its evidence, and where the film is. */

import { useEffect, useRef, type CSSProperties, type ReactNode } from "react";

import { useT } from "../i18n";
import type { FrameTable } from "../player/frameTable";
import type { Player } from "../player/player";
import type { Span } from "../timeline/spans";
import type { Row } from "./compare";

interface Props {
  readonly player: Player;
  /** The pictures that the work is about, end inclusive. */
  readonly span: Span;
  readonly rows: readonly Row[];
  readonly chosen: string | null;
  readonly presence: { readonly left: readonly Span[]; readonly right: readonly Span[] };
  readonly names: { readonly left: string; readonly right: string };
  readonly onChoose: (row: Row) => void;
}

/** A place on the clip, 0 to 1, in time: pictures need not be equally far apart. */
function shareOf(table: FrameTable, [start, end]: Span, picture: number): number {
  const from = table.seconds(start);
  const to = endOf(table, end);
  const at = picture > end ? to : table.seconds(Math.max(start, picture));
  return to > from ? (at - from) / (to - from) : 0;
}

/** When the last picture goes: with the next one, else after as long as the one before it stood. */
function endOf(table: FrameTable, end: number): number {
  if (end + 1 < table.count) return table.seconds(end + 1);
  return table.seconds(end) + (end > 0 ? table.seconds(end) - table.seconds(end - 1) : 1);
}

export function CompareLanes({ player, span, rows, chosen, presence, names, onChoose }: Props): ReactNode {
  const t = useT();
  const head = useRef<HTMLDivElement>(null);
  const { table } = player;
  const [start, end] = span;
  useEffect(() => {
    const place = (picture: number): void => {
      if (head.current) head.current.style.left = `${100 * shareOf(table, [start, end], picture)}%`;
    };
    place(player.state.getState().shown);
    return player.state.subscribe(({ shown }) => {
      place(shown);
    });
  }, [player, table, start, end]);
  const box = ([first, last]: Span): CSSProperties => {
    const left = shareOf(table, span, first);
    return { left: `${100 * left}%`, width: `${Math.max(0.3, 100 * (shareOf(table, span, last + 1) - left))}%` };
  };
  return (
    <section className="cmp-lanes" aria-label={t("compare.lanes")}>
      {(["left", "right"] as const).map((side) => (
        <div key={side} className="cmp-lane" data-side={side}>
          <span className="cmp-lane-name">{names[side]}</span>
          <div className="cmp-track">
            {presence[side].map((run, at) => (
              <i key={at} className="cmp-present" style={box(run)} />
            ))}
            {rows.map((row, at) => {
              const cell = row[side];
              if (!cell?.span) return null;
              return (
                <button
                  key={row.id}
                  type="button"
                  style={box(cell.span)}
                  data-differs={row.differs || undefined}
                  aria-pressed={row.id === chosen}
                  aria-label={`${names[side]}, ${at + 1}: ${cell.text || t("compare.noText")}`}
                  title={cell.text}
                  tabIndex={row.id === chosen || (chosen === null && at === 0) ? 0 : -1}
                  onClick={() => {
                    onChoose(row);
                  }}
                >
                  {at + 1}
                </button>
              );
            })}
          </div>
        </div>
      ))}
      <div className="cmp-head" aria-hidden>
        <div ref={head} />
      </div>
    </section>
  );
}
