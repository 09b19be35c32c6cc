/** The timeline: ruler, thumbnails, a presence lane for each subject with its prompts, events, and the playhead. */

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type PointerEvent, type ReactNode, type RefObject } from "react";

import { useT } from "../i18n";
import type { Player } from "../player/player";
import { drawLanes, FILM, gridPosition, LANE, RULER, type Lane, type Sheet } from "./drawLanes";
import { LaneMarks } from "./LaneMarks";
import { NotesLane, type PinnedNote } from "./NotesLane";
import { OTHER, OthersLanes, type OtherLane } from "./OthersLanes";
import { maxZoom } from "./scale";
import { Seen, seenFrames } from "./seen";
import type { Span } from "./spans";
import "./timeline.css";

interface Props {
  readonly player: Player;
  readonly lanes: readonly Lane[];
  readonly sheet: Sheet | null;
  /** Times the width of the window; 1 fits the whole film. */
  readonly zoom: number;
  readonly onZoom: (zoom: number) => void;
  readonly onLane?: (id: string) => void;
  /** Pictures that are chosen to lock or to follow. */
  readonly range?: Span | null;
  /** The events lane, laid over the full zoomed width; null where there are no events. */
  readonly events: ReactNode;
  readonly eventsLabel: string;
  /** Notes that are pinned to a picture; without any, there is no lane. */
  readonly notes?: readonly PinnedNote[];
  /** The video's other subjects. */
  readonly others?: readonly OtherLane[];
}

const NO_OTHERS: readonly OtherLane[] = [];

export function Timeline(props: Props): ReactNode {
  const { player, lanes, sheet, zoom, onZoom, onLane, range = null, events, eventsLabel, notes = [], others = NO_OTHERS } = props;
  const t = useT();
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const scrubbing = useRef(false);
  const [width, setWidth] = useState(0);
  const [left, setLeft] = useState(0);
  const { table } = player;
  const top = RULER + FILM + 6;
  const lanesHeight = top + Math.max(1, lanes.length) * LANE; // room for the first subject: the picture must not jump

  useLayoutEffect(() => {
    const node = scroller.current;
    if (!node) return undefined;
    const observer = new ResizeObserver(() => {
      setWidth(node.clientWidth);
    });
    observer.observe(node);
    setWidth(node.clientWidth);
    return () => {
      observer.disconnect();
    };
  }, []);

  const draw = useCallback(() => {
    const node = canvas.current;
    const box = scroller.current;
    const context = node?.getContext("2d");
    if (!node || !box || !context || width === 0) return;
    const ratio = window.devicePixelRatio;
    node.width = Math.round(width * ratio);
    node.height = Math.round(lanesHeight * ratio);
    node.style.width = `${width}px`;
    node.style.height = `${lanesHeight}px`;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const css = getComputedStyle(box);
    const view = { full: width * zoom, left: box.scrollLeft, width, height: lanesHeight };
    drawLanes(context, table, lanes, sheet, view, {
      text: css.getPropertyValue("--vg-dim"),
      line: css.getPropertyValue("--vg-line-strong"),
      lane: css.getPropertyValue("--vg-bg"),
      diamond: css.getPropertyValue("--vg-text"),
    });
  }, [table, lanes, sheet, width, zoom, lanesHeight]);

  useEffect(() => {
    draw();
    // A canvas keeps the colours it was drawn with: they follow what the style sheet follows, when it has.
    const repaint = new MutationObserver(draw);
    repaint.observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });
    const node = scroller.current;
    const onScroll = (): void => {
      draw();
      setLeft(node?.scrollLeft ?? 0);
    };
    node?.addEventListener("scroll", onScroll);
    return () => {
      repaint.disconnect();
      node?.removeEventListener("scroll", onScroll);
    };
  }, [draw]);

  const anchor = useAnchor(scroller, player, width, zoom);
  const [from, to] = seenFrames(left, width, zoom, table.grid.length);
  const seen = useMemo((): Span => [from, to], [from, to]);

  // The playhead moves without a render: 60 times a second while playing.
  useEffect(() => {
    const place = (picture: number): void => {
      const node = head.current;
      const box = scroller.current;
      if (!node || !box || picture < 0) return;
      const at = (gridPosition(table, picture) / table.grid.length) * width * zoom;
      node.style.transform = `translateX(${at}px)`;
      node.style.setProperty("--at", String(Math.max(0, Math.min(1, (at - box.scrollLeft) / width))));
      node.dataset.grid = String(table.gridOf(picture));
      if (zoom > 1 && (at < box.scrollLeft || at > box.scrollLeft + width)) box.scrollLeft = at - width / 4;
    };
    place(player.state.getState().shown);
    return player.state.subscribe((state, before) => {
      if (state.shown !== before.shown) place(state.shown);
    });
  }, [player, table, width, zoom]);

  useEffect(() => {
    const node = scroller.current;
    if (!node) return undefined;
    const onWheel = (event: WheelEvent): void => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        anchor(event.clientX - node.getBoundingClientRect().left);
        onZoom(Math.max(1, Math.min(maxZoom(table.grid.length), zoom * Math.exp(-event.deltaY / 300))));
      } else if (zoom > 1 && event.deltaX === 0) {
        event.preventDefault();
        node.scrollLeft += event.deltaY;
      }
    };
    node.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      node.removeEventListener("wheel", onWheel);
    };
  }, [zoom, onZoom, table, anchor]);

  const seek = (event: PointerEvent): void => {
    const box = canvas.current?.getBoundingClientRect();
    const left = scroller.current?.scrollLeft ?? 0;
    if (!box) return;
    const grid = ((event.clientX - box.left + left) / (width * zoom)) * table.grid.length;
    player.show(pictureAtGrid(player, grid));
  };

  return (
    <div className="tl">
      <div className="tl-labels" style={{ paddingTop: top }} aria-hidden={onLane ? undefined : true}>
        {lanes.map((lane) =>
          onLane ? (
            <button key={lane.id} type="button" title={lane.label} style={{ height: LANE }} onClick={() => { onLane(lane.id); }} aria-pressed={lane.active}>
              {lane.label}
            </button>
          ) : (
            <span key={lane.id} title={lane.label} style={{ height: LANE }}>{lane.label}</span>
          ),
        )}
        {events ? <span className="tl-events-label">{eventsLabel}</span> : null}
        {notes.length > 0 ? <span className="tl-notes-label">{t("wb.timeline.notes")}</span> : null}
        {others.map(({ id, label }) => (
          <span key={id} className="tl-other-label" style={{ height: OTHER }} title={label}>
            {label}
          </span>
        ))}
      </div>
      <div className="tl-scroll" ref={scroller}>
        <div className="tl-inner" style={{ width: width * zoom || "100%" }}>
          {/* The same seeking is on the arrow keys, Home, End and the picture field. */}
          <canvas
            ref={canvas}
            className="tl-canvas"
            aria-label={t("wb.timeline.canvas")}
            onPointerDown={(event) => {
              if (event.button !== 0) return;
              event.currentTarget.setPointerCapture(event.pointerId);
              scrubbing.current = true;
              seek(event);
            }}
            onPointerMove={(event) => {
              if (scrubbing.current) seek(event);
            }}
            onPointerUp={() => {
              scrubbing.current = false;
            }}
            onPointerCancel={() => {
              scrubbing.current = false;
            }}
          />
          <LaneMarks
            table={table}
            lanes={lanes}
            top={top}
            range={range}
            onGo={(picture) => {
              player.show(picture);
            }}
          />
          <Seen value={seen}>
            {events}
            {notes.length > 0 ? <NotesLane table={table} notes={notes} player={player} /> : null}
            <OthersLanes
              lanes={others}
              length={table.grid.length}
              onGo={(grid) => {
                player.show(table.pictureOfGrid(grid));
              }}
            />
          </Seen>
          <div className="tl-head" ref={head} aria-hidden="true" />
        </div>
      </div>
    </div>
  );
}

/** Keeps a place of the timeline where it is while it is zoomed: the one under the pointer, else the playhead. */
function useAnchor(scroller: RefObject<HTMLDivElement | null>, player: Player, width: number, zoom: number): (x: number) => void {
  const pointer = useRef<number | null>(null);
  const before = useRef(zoom);
  useLayoutEffect(() => {
    const box = scroller.current;
    const was = before.current;
    before.current = zoom;
    if (!box || was === zoom || width === 0) return;
    const { table } = player;
    const head = (gridPosition(table, player.playhead) / table.grid.length) * width * was - box.scrollLeft;
    const x = pointer.current ?? (head >= 0 && head <= width ? head : width / 2);
    pointer.current = null;
    box.scrollLeft = ((box.scrollLeft + x) / was) * zoom - x;
  }, [scroller, player, width, zoom]);
  return useCallback((x: number) => {
    pointer.current = x;
  }, []);
}

/** The picture under a position on the grid's axis. */
function pictureAtGrid(player: Player, position: number): number {
  const { table } = player;
  const grid = Math.max(0, Math.min(table.grid.length - 1, Math.floor(position)));
  const start = table.grid[grid] ?? 0;
  const stop = table.grid[grid + 1] ?? table.count;
  return Math.min(table.count - 1, start + Math.floor((position - grid) * (stop - start)));
}
