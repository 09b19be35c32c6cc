/** The events of the video's other subjects, a dim lane each: to look at while one's own are cut, never to edit. */

import { type ReactNode } from "react";

import { useT } from "../i18n";
import { place } from "./EventLane";
import { walk } from "./NotesLane";
import { useSeen } from "./seen";
import { within, type Span } from "./spans";

/** Height of a lane in CSS pixels. */
export const OTHER = 24;

export interface OtherLane {
  readonly id: string;
  readonly label: string;
  readonly color: string;
  /** Runs of grid frames; null while nothing is known. */
  readonly present: readonly Span[] | null;
  /** In the order of time. */
  readonly events: readonly { readonly id: string; readonly grid_start: number; readonly grid_end: number; readonly caption: string }[];
}

interface Props {
  readonly lanes: readonly OtherLane[];
  /** Number of grid frames. */
  readonly length: number;
  readonly onGo: (grid: number) => void;
}

export function OthersLanes({ lanes, length, onGo }: Props): ReactNode {
  const t = useT();
  const seen = useSeen();
  return lanes.map(({ id, label, color, present, events }) => (
    <div key={id} className="tl-other" style={{ height: OTHER }}>
      {within(present ?? [], seen).map(([start, end]) => (
        <span key={start} className="tl-other-present" style={{ ...place(start, end, length), background: color }} />
      ))}
      <ul aria-label={t("wb.timeline.eventsOf", { name: label })}>
        {events
          .filter((event) => event.grid_end >= seen[0] && event.grid_start <= seen[1])
          .map((event, i) => (
            <li key={event.id} style={place(event.grid_start, event.grid_end, length)}>
              <button
                type="button"
                tabIndex={i === 0 ? 0 : -1}
                title={event.caption}
                aria-label={t("wb.timeline.eventName", {
                  start: String(event.grid_start),
                  end: String(event.grid_end),
                  caption: event.caption || t("wb.caption.none"),
                })}
                onKeyDown={walk}
                onClick={() => {
                  onGo(event.grid_start);
                }}
              >
                {event.caption}
              </button>
            </li>
          ))}
      </ul>
    </div>
  ));
}
