/** What lies over the lanes of the timeline: locked spans, pictures to look at, and the range that is chosen. */

import { type ReactNode } from "react";

import type { FrameTable } from "../player/frameTable";
import { gridPosition, LANE, type Lane } from "./drawLanes";
import type { Span } from "./spans";

/** Marks of one lane that are drawn at most: a list beside the picture has them all. */
const MOST_FLAGS = 200;

interface Props {
  readonly table: FrameTable;
  readonly lanes: readonly Lane[];
  /** Where the first lane begins, in CSS pixels. */
  readonly top: number;
  readonly range: Span | null;
  readonly onGo: (picture: number) => void;
}

export function LaneMarks({ table, lanes, top, range, onGo }: Props): ReactNode {
  const share = (picture: number): number => (gridPosition(table, picture) / table.grid.length) * 100;
  const place = ([start, end]: Span): { left: string; width: string } => ({
    left: `${share(start)}%`,
    width: `${share(end + 1) - share(start)}%`,
  });
  return (
    <>
      {range ? <div className="tl-range" style={place(range)} aria-hidden="true" /> : null}
      {lanes.map((lane, i) => (
        <div key={lane.id} className="tl-marks" style={{ top: top + i * LANE, height: LANE }}>
          {lane.locks.map(({ span, name }) => (
            <span key={span.join(" ")} className="tl-lock" role="img" aria-label={name} style={place(span)} />
          ))}
          {/* For the pointer; keys, and the list of the panel, lead to the same pictures. */}
          {lane.flags.slice(0, MOST_FLAGS).map(({ picture, why }) => (
            <button
              key={`${picture} ${why}`}
              type="button"
              className="tl-flag"
              tabIndex={-1}
              aria-hidden="true"
              title={why}
              style={{ left: `${share(picture)}%` }}
              onClick={() => {
                onGo(picture);
              }}
            />
          ))}
        </div>
      ))}
    </>
  );
}
