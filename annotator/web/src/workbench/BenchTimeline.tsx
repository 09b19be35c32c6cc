/** The timeline of a task: lanes from its subjects, events from its document, edits through its store. */

import { useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import { useStore } from "zustand";

import { eventsOf, newId, type Body } from "../editor/body";
import { useDocumentState } from "../editor/useDocument";
import { useT } from "../i18n";
import type { Lane, Sheet } from "../timeline/drawLanes";
import { EventLane, type EventLaneHandlers } from "../timeline/EventLane";
import { mergeWithNext, moveEdge, removeEvent, setCaption, snap, splitEvent, type Edge } from "../timeline/events";
import { EventTable } from "../timeline/EventTable";
import type { PinnedNote } from "../timeline/NotesLane";
import { Timeline } from "../timeline/Timeline";
import { focusCaption, gridHead, limits, settled, type Bench } from "./bench";
import { colorOf } from "./colors";
import { create, moved, showEdge } from "./eventActions";
import { filledSpans } from "./presence";
import { useOthers } from "./others";
import { nameOf } from "./subjects";

/** Edges snap to the playhead and to where the subject comes and goes, when they are dragged this near. */
const SNAP_SHARE = 0.006;

export function BenchTimeline({ bench, hasEvents }: { readonly bench: Bench; readonly hasEvents: boolean }): ReactNode {
  const t = useT();
  const { store, view, subjects, player } = bench;
  const masklets = useStore(subjects.state, (state) => state.masklets);
  const active = useStore(subjects.state, (state) => state.active);
  const body = useDocumentState(store, (state) => state.body);
  const problems = useDocumentState(store, (state) => state.problems);
  const readOnly = useDocumentState(store, (state) => state.readOnly);
  const selected = useStore(view, (state) => state.selected);
  const table = useStore(view, (state) => state.table);
  const zoom = useStore(view, (state) => state.zoom);
  const range = useStore(view, (state) => state.range);
  const othersShown = useStore(view, (state) => state.others);
  const others = useOthers(bench);
  const sheet = useSheet(bench);
  const events = useMemo(() => eventsOf(body), [body]);
  const length = player.table.grid.length;
  const single = masklets.length === 1;

  const lanes = useMemo(
    (): Lane[] =>
      masklets.map((masklet) => ({
        id: masklet.id,
        label: single && hasEvents ? t("wb.lane.presence") : nameOf(masklet),
        color: colorOf(masklet.colour),
        active: masklet.id === active,
        present: masklet.track?.presence ?? null,
        prompts: masklet.prompts.map(({ picture, absent }) => ({ picture, absent })),
        stale: masklet.track?.stale_spans ?? [],
        locks: masklet.locks.map((span) => ({ span, name: t("wb.lock.name", { start: span[0], end: span[1] }) })),
        flags: (masklet.track?.flags ?? []).map(({ picture_start: picture, why }) => ({ picture, why: t(`wb.flag.${why}`) })),
      })),
    [masklets, active, single, hasEvents, t],
  );

  const seconds = useCallback((grid: number) => player.table.seconds(player.table.pictureOfGrid(grid)), [player]);
  const handlers = useHandlers(bench);
  const wrong = useMemo(
    () => new Set(problems.flatMap((problem) => (problem.field.startsWith("events.") ? [problem.field.split(".")[1] ?? ""] : []))),
    [problems],
  );
  const pinned = useMemo(() => pinnedNotes(body), [body]);
  const filled = useMemo(
    () => filledSpans(events, bench.present(), length),
    // Presence comes from the masklets.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [events, masklets, length, bench],
  );

  if (table && hasEvents) {
    return (
      <div className="wb-table">
        <EventTable
          events={events}
          selected={selected}
          length={length}
          seconds={seconds}
          readOnly={readOnly}
          problems={wrong}
          onSelect={handlers.onSelect}
          onEdge={(id, edge, frame) => {
            const key = `table:${id}:${edge}`;
            store.edit("wb.do.moveEdge", (old) => settled(bench, moveEdge(old, id, edge, frame, limits(bench))), key);
            showEdge(bench, id, edge);
          }}
          onSplit={(id) => {
            store.edit("wb.do.split", (old) => splitEvent(old, id, gridHead(bench)));
          }}
          onMerge={(id) => {
            store.edit("wb.do.merge", (old) => mergeWithNext(old, id));
          }}
          onAdd={() => {
            store.edit("wb.do.newEvent", (old) => settled(bench, create(old, bench, newId())));
          }}
          onCaption={(id, caption) => {
            store.edit("wb.do.caption", (old) => setCaption(old, id, caption), `caption:${id}`);
          }}
          onRemove={(id) => {
            store.edit("wb.do.remove", (old) => settled(bench, removeEvent(old, id)));
          }}
        />
      </div>
    );
  }
  return (
    <Timeline
      player={player}
      lanes={lanes}
      sheet={sheet}
      range={range}
      zoom={zoom}
      onZoom={(next) => {
        view.setState({ zoom: next });
      }}
      {...(hasEvents ? {} : { onLane: (id: string) => { subjects.select(id); } })}
      eventsLabel={t("wb.events")}
      notes={pinned}
      {...(hasEvents && othersShown ? { others } : {})}
      events={
        hasEvents ? (
          <EventLane
            handlers={handlers}
            events={events}
            selected={selected}
            length={length}
            seconds={seconds}
            filled={filled}
            readOnly={readOnly}
            problems={wrong}
          />
        ) : null
      }
    />
  );
}

function useHandlers(bench: Bench): EventLaneHandlers {
  return useMemo(() => {
    const { store, view, player } = bench;
    // A share of what is seen: zoomed in, an edge goes where it is put.
    const reach = (): number => Math.max(1, Math.round((player.table.grid.length * SNAP_SHARE) / view.getState().zoom));
    /** Boundaries worth meeting: the playhead's, and where the subject comes or goes. */
    const targets = (): number[] => {
      const head = gridHead(bench);
      return [head, head + 1, ...(bench.present() ?? []).flatMap(([start, end]) => [start, end + 1])];
    };
    return {
      onSelect: (id: string): void => {
        const event = store.body.events[id];
        view.setState({ selected: id });
        const head = gridHead(bench);
        if (event && !player.playing && (head < event.grid_start || head > event.grid_end)) {
          player.show(player.table.pictureOfGrid(event.grid_start));
        }
      },
      onEdge: (id: string, edge: Edge, boundary: number, dragKey: string, free: boolean): void => {
        const at = free ? boundary : snap(boundary, targets(), reach());
        const frame = edge === "start" ? at : at - 1;
        store.edit("wb.do.moveEdge", (body) => settled(bench, moveEdge(body, id, edge, frame, limits(bench))), dragKey);
        showEdge(bench, id, edge);
      },
      onMove: (id: string, start: number, dragKey: string, free: boolean): void => {
        const event = store.body.events[id];
        if (!event) return;
        const length = event.grid_end - event.grid_start + 1;
        const at = free ? start : snapped(start, length, targets(), reach());
        store.edit("wb.do.moveEvent", (body) => settled(bench, moved(bench, body, id, at - event.grid_start)), dragKey);
        showEdge(bench, id, "start");
      },
      onDragEnd: (): void => {
        store.seal();
      },
      onOpen: (id: string): void => {
        focusCaption(id);
      },
    };
  }, [bench]);
}

/** Where a whole event begins when its nearer end meets one of the targets. */
function snapped(start: number, length: number, targets: readonly number[], reach: number): number {
  const [head, tail] = [snap(start, targets, reach), snap(start + length, targets, reach) - length];
  if (tail === start) return head;
  return head === start || Math.abs(tail - start) < Math.abs(head - start) ? tail : head;
}

function pinnedNotes(body: Body): PinnedNote[] {
  return Object.values(body.notes)
    .flatMap(({ id, text, picture, picture_end = null }) => (picture === null ? [] : [{ id, text, picture, picture_end }]))
    .sort((a, b) => a.picture - b.picture);
}

/** The video's sprite sheet, once its image has come. */
function useSheet(bench: Bench): Sheet | null {
  const { video } = bench;
  const [sheet, setSheet] = useState<Sheet | null>(null);
  useEffect(() => {
    const { thumbnails } = video;
    if (!thumbnails) return undefined;
    const image = new Image();
    let gone = false;
    image.onload = () => {
      if (!gone) setSheet({ image, ...thumbnails });
    };
    image.src = `/api/videos/${video.id}/thumbnails.jpg`;
    return () => {
      gone = true;
    };
  }, [video]);
  return sheet;
}
