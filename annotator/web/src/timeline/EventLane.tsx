/** Events on the timeline: a list in which each event is a body button and two slider edges; drags are one undo step. */

import { memo, useRef, type CSSProperties, type PointerEvent, type ReactNode, type RefObject } from "react";

import type { EventRecord } from "../editor/body";
import { useT } from "../i18n";
import type { Edge } from "./events";
import { boundaryAt, frameAt, percentOf, timecode } from "./scale";
import { useSeen } from "./seen";
import { below, within, type Span } from "./spans";

/** What the lane tells its owner; every drag carries a key of its own. */
export interface EventLaneHandlers {
  onSelect(id: string): void;
  /** The edge's new boundary: the frame before which it lies, 0 to length. `free`: without snapping. */
  onEdge(id: string, edge: Edge, boundary: number, dragKey: string, free: boolean): void;
  /** Moves a whole event so that it begins at `start`, before snapping. */
  onMove(id: string, start: number, dragKey: string, free: boolean): void;
  onDragEnd(): void;
  onOpen(id: string): void;
}

interface Props {
  /** The same object from render to render, so that only the events that changed render again. */
  readonly handlers: EventLaneHandlers;
  readonly events: readonly EventRecord[];
  readonly selected: string | null;
  readonly length: number;
  readonly seconds: (grid: number) => number;
  /** Stretches that no event covers and in which the subject is absent: the system captions them. */
  readonly filled: readonly Span[];
  readonly readOnly: boolean;
  readonly problems: ReadonlySet<string>;
}

export function EventLane(props: Props): ReactNode {
  const t = useT();
  const { events, selected, length, filled } = props;
  const track = useRef<HTMLDivElement>(null);
  const seen = useSeen();
  const shown = eventsIn(events, seen, selected);
  const stop = shown.some((event) => event.id === selected) ? selected : shown[0]?.id;
  return (
    <div className="tl-events" ref={track}>
      {within(filled, seen).map(([start, end]) => (
        <div key={start} className="tl-filled" style={place(start, end, length)} title={t("wb.timeline.filledTitle")}>
          {t("wb.timeline.filled")}
        </div>
      ))}
      <ul aria-label={t("wb.timeline.events")}>
        {shown.map((event) => (
          <EventItem
            key={event.id}
            event={event}
            track={track}
            length={length}
            isSelected={event.id === selected}
            isTabStop={event.id === stop}
            isWrong={props.problems.has(event.id)}
            readOnly={props.readOnly}
            seconds={props.seconds}
            handlers={props.handlers}
          />
        ))}
      </ul>
    </div>
  );
}

/** Events, in order, that touch what is seen, and the selected one wherever it is: it may hold the focus. */
function eventsIn(events: readonly EventRecord[], [from, to]: Span, selected: string | null): readonly EventRecord[] {
  const last = below(events, (event) => event.grid_start <= to);
  // Looked through, not bisected: events that overlap, which a person must see, do not end in the order they start.
  const shown = events.slice(0, last).filter((event) => event.grid_end >= from);
  const chosen = events.find((event) => event.id === selected);
  if (chosen && chosen.grid_end < from) shown.unshift(chosen);
  else if (chosen && chosen.grid_start > to) shown.push(chosen);
  return shown;
}

interface ItemProps {
  readonly event: EventRecord;
  readonly track: RefObject<HTMLDivElement | null>;
  readonly length: number;
  readonly isSelected: boolean;
  readonly isTabStop: boolean;
  readonly isWrong: boolean;
  readonly readOnly: boolean;
  readonly seconds: (grid: number) => number;
  readonly handlers: EventLaneHandlers;
}

const EventItem = memo(function EventItem(props: ItemProps): ReactNode {
  const t = useT();
  const { event, length, isSelected, isTabStop, isWrong, readOnly, seconds, handlers } = props;
  const name = t("wb.timeline.eventName", {
    start: String(event.grid_start),
    end: String(event.grid_end),
    caption: event.caption || t("wb.caption.none"),
  });
  const drag = useDrag(props.track, length);
  return (
    <li
      style={place(event.grid_start, event.grid_end, length)}
      className="tl-event"
      data-selected={isSelected || undefined}
      data-wrong={isWrong || undefined}
      data-empty={event.caption.trim() === "" || undefined}
    >
      <button
        type="button"
        className="tl-body"
        tabIndex={isTabStop ? 0 : -1}
        aria-pressed={isSelected}
        aria-label={name}
        data-scope="event"
        data-event={event.id}
        onFocus={() => {
          handlers.onSelect(event.id);
        }}
        onClick={() => {
          handlers.onSelect(event.id);
        }}
        onDoubleClick={() => {
          handlers.onOpen(event.id);
        }}
        onKeyDown={(press) => {
          if (press.key !== "Enter" || press.ctrlKey || press.metaKey || press.altKey || press.shiftKey) return;
          press.preventDefault();
          handlers.onOpen(event.id);
        }}
        {...(readOnly
          ? {}
          : drag(({ frame, from, key, free }) => {
              handlers.onMove(event.id, from.start + frame - from.frame, key, free);
            }, event.grid_start, handlers))}
      >
        {event.caption || t("wb.caption.none")}
      </button>
      {(["start", "end"] as const).map((edge) => {
        const frame = edge === "start" ? event.grid_start : event.grid_end;
        return (
          <div
            key={edge}
            role="slider"
            className="tl-edge"
            data-edge={edge}
            data-scope="edge"
            data-event={event.id}
            tabIndex={isSelected && !readOnly ? 0 : -1}
            aria-label={t(edge === "start" ? "wb.timeline.startEdge" : "wb.timeline.endEdge")}
            aria-disabled={readOnly}
            onFocus={() => {
              handlers.onSelect(event.id);
            }}
            aria-valuemin={0}
            aria-valuemax={length - 1}
            aria-valuenow={frame}
            aria-valuetext={t("wb.timeline.frame", { frame: String(frame), time: timecode(seconds(frame)) })}
            {...(readOnly
              ? {}
              : drag(({ key, boundary, free }) => {
                  handlers.onEdge(event.id, edge, boundary, key, free);
                }, event.grid_start, handlers))}
          />
        );
      })}
    </li>
  );
});

interface DragStart {
  readonly frame: number;
  readonly start: number;
}

interface Dragged {
  readonly frame: number;
  readonly from: DragStart;
  readonly key: string;
  readonly boundary: number;
  /** Shift is held: nothing snaps. */
  readonly free: boolean;
}

let dragCount = 0;

/** Pointer handlers of a drag with capture; nothing happens before the pointer has moved to another frame. */
function useDrag(track: RefObject<HTMLDivElement | null>, length: number) {
  const active = useRef<(DragStart & { key: string; moved: boolean }) | null>(null);
  return (
    onMove: (dragged: Dragged) => void,
    start: number,
    handlers: EventLaneHandlers,
  ) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>): void => {
      if (event.button !== 0 || !track.current) return;
      const box = track.current.getBoundingClientRect();
      event.currentTarget.setPointerCapture(event.pointerId);
      event.currentTarget.focus();
      dragCount += 1;
      const frame = frameAt(event.clientX, box.left, box.width, length);
      active.current = { frame, start, key: `drag:${dragCount}`, moved: false };
    },
    onPointerMove: (event: PointerEvent<HTMLElement>): void => {
      const from = active.current;
      if (!from || !track.current) return;
      const box = track.current.getBoundingClientRect();
      const frame = frameAt(event.clientX, box.left, box.width, length);
      if (!from.moved && frame === from.frame) return;
      from.moved = true;
      const boundary = boundaryAt(event.clientX, box.left, box.width, length);
      onMove({ frame, from, key: from.key, boundary, free: event.shiftKey });
    },
    onPointerUp: (): void => {
      if (active.current?.moved) handlers.onDragEnd();
      active.current = null;
    },
    onPointerCancel: (): void => {
      if (active.current?.moved) handlers.onDragEnd();
      active.current = null;
    },
  });
}

export function place(start: number, end: number, length: number): CSSProperties {
  return { left: `${percentOf(start, length)}%`, width: `${percentOf(end - start + 1, length)}%` };
}
