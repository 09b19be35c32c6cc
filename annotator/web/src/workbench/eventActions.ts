/** Actions that cut a masklet's time into events. */

import type { Action, Focus } from "../editor/action";
import { eventsOf, newId, type Body, type EventRecord } from "../editor/body";
import {
  addEvent,
  eventAt,
  mergeWithNext,
  moveEdge,
  moveEvent,
  removeEvent,
  setEdge,
  splitEvent,
  type Edge,
} from "../timeline/events";
import { t } from "../i18n";
import { say } from "../ui/toast";
import { slideEvent } from "../timeline/gapFree";
import { chooseGapFree, focusCaption, focusEvent, gridHead, limits, settled, type Bench } from "./bench";
import { chooseOthers } from "./others";

/** The event that an action means: the one with the focus, else the selected one, else the one at the playhead. */
export function meant(bench: Bench, focus: Focus): EventRecord | null {
  const { body } = bench.store;
  const id = focus.event ?? bench.view.getState().selected;
  return (id === null ? null : (body.events[id] ?? null)) ?? eventAt(body, gridHead(bench));
}

function has(bench: Bench, focus: Focus): boolean {
  return meant(bench, focus) !== null;
}

/** Shows the picture that an edge touches: the first of the event, or its last. */
export function showEdge(bench: Bench, id: string, edge: Edge): void {
  const event = bench.store.body.events[id];
  if (!event) return;
  bench.player.show(bench.player.table.pictureOfGrid(edge === "start" ? event.grid_start : event.grid_end));
}

/**
 * A new event fills the free stretch at the playhead, inside the masklet's presence where that is known. Where the subject
 * is absent it starts at the playhead, so that it touches no event before it and a later `[` moves its own edge only.
 */
export function create(body: Body, bench: Bench, id: string): Body {
  const at = gridHead(bench);
  const here = eventAt(body, at);
  // Where no gap may be left there is no free place for it: the event that is here ends before it.
  if (here) return bench.view.getState().gapFree ? splitEvent(body, here.id, at, id) : body;
  const present = bench.present();
  const visible = present?.find(([start, end]) => at >= start && at <= end);
  const run = visible ?? (present ? ([at, limits(bench).length - 1] as const) : null);
  return addEvent(body, at, limits(bench), run, id);
}

function nudge(by: number): Pick<Extract<Action<Bench>, { kind: "edit" }>, "edit" | "after"> {
  return {
    edit: (body, bench, focus) => {
      const event = focus.event === null ? null : body.events[focus.event];
      if (!event || !focus.edge) return body;
      const from = focus.edge === "start" ? event.grid_start : event.grid_end;
      return moveEdge(body, event.id, focus.edge, from + by, limits(bench));
    },
    after: (bench, focus) => {
      if (focus.event !== null && focus.edge) showEdge(bench, focus.event, focus.edge);
    },
  };
}

function neighbour(bench: Bench, focus: Focus, by: 1 | -1): void {
  const events = eventsOf(bench.store.body);
  const current = meant(bench, focus);
  const at = current ? events.findIndex((event) => event.id === current.id) : -1;
  const next = events[at < 0 ? 0 : Math.max(0, Math.min(events.length - 1, at + by))];
  if (!next) return;
  bench.view.setState({ selected: next.id });
  bench.player.show(bench.player.table.pictureOfGrid(next.grid_start));
  if (focus.scope === "event") focusEvent(next.id);
}

function edgeToHead(edge: Edge): (body: Body, bench: Bench, focus: Focus) => Body {
  return (body, bench, focus) => {
    const event = meant(bench, focus);
    return event ? setEdge(body, event.id, edge, gridHead(bench), limits(bench)) : create(body, bench, newId());
  };
}

/** Moves a whole event; in gap-free mode those that touch it give and take what it passes. */
export function moved(bench: Bench, body: Body, id: string, by: number): Body {
  return (bench.view.getState().gapFree ? slideEvent : moveEvent)(body, id, by, limits(bench));
}

/** In gap-free mode no edit of events leaves a hole. */
function withoutGaps(action: Action<Bench>): Action<Bench> {
  if (action.kind !== "edit") return action;
  return { ...action, edit: (body, bench, focus) => settled(bench, action.edit(body, bench, focus)) };
}

const actions: readonly Action<Bench>[] = [
  {
    kind: "effect",
    id: "event.new",
    label: "wb.do.newEvent",
    group: "mark",
    keys: ["KeyN"],
    scope: "global",
    run: (bench) => {
      const id = newId();
      bench.store.edit("wb.do.newEvent", (body) => settled(bench, create(body, bench, id)));
      const here = eventAt(bench.store.body, gridHead(bench));
      bench.view.setState({ selected: here?.id ?? null });
      if (bench.store.body.events[id]) focusCaption(id);
      else if (here) say(t("wb.eventIsHere"));
    },
  },
  {
    kind: "edit",
    id: "event.start",
    label: "wb.do.setStart",
    group: "mark",
    keys: ["BracketLeft"],
    whileTyping: ["Mod+BracketLeft"],
    scope: "global",
    undo: "step",
    edit: edgeToHead("start"),
    after: selectAtHead,
  },
  {
    kind: "edit",
    id: "event.end",
    label: "wb.do.setEnd",
    group: "mark",
    keys: ["BracketRight"],
    whileTyping: ["Mod+BracketRight"],
    scope: "global",
    undo: "step",
    edit: edgeToHead("end"),
    after: selectAtHead,
  },
  {
    kind: "edit",
    id: "event.split",
    label: "wb.do.split",
    group: "mark",
    keys: ["KeyS"],
    scope: "global",
    undo: "step",
    // The event under the playhead is the one that can be cut there, whichever is selected.
    enabled: (bench) => eventAt(bench.store.body, gridHead(bench)) !== null,
    edit: (body, bench) => {
      const event = eventAt(body, gridHead(bench));
      return event ? splitEvent(body, event.id, gridHead(bench)) : body;
    },
    after: (bench, focus) => {
      const event = eventAt(bench.store.body, gridHead(bench));
      bench.view.setState({ selected: event?.id ?? null });
      // What comes next is about the new part: its caption, its edges.
      if (event && focus.scope === "event") focusEvent(event.id);
    },
  },
  {
    kind: "edit",
    id: "event.merge",
    label: "wb.do.merge",
    group: "mark",
    keys: ["KeyM"],
    scope: "global",
    undo: "step",
    enabled: has,
    edit: (body, bench, focus) => {
      const event = meant(bench, focus);
      return event ? mergeWithNext(body, event.id) : body;
    },
  },
  {
    kind: "edit",
    id: "event.remove",
    label: "wb.do.remove",
    group: "mark",
    keys: ["Delete", "Backspace"],
    scope: "global",
    undo: "step",
    enabled: has,
    edit: (body, bench, focus) => {
      const event = meant(bench, focus);
      return event ? removeEvent(body, event.id) : body;
    },
    after: (bench) => {
      bench.view.setState({ selected: null });
    },
  },
  {
    kind: "effect",
    id: "event.caption",
    label: "wb.do.caption",
    group: "mark",
    keys: ["Enter", "KeyE"],
    scope: "global",
    enabled: has,
    run: (bench, focus) => {
      const event = meant(bench, focus);
      if (!event) return;
      bench.view.setState({ selected: event.id });
      focusCaption(event.id);
    },
  },
  {
    kind: "effect",
    id: "event.leaveCaption",
    label: "wb.do.leaveCaption",
    group: "mark",
    keys: [],
    whileTyping: ["Escape"],
    scope: "global",
    run: (bench) => {
      const { selected } = bench.view.getState();
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      if (selected !== null) focusEvent(selected);
    },
  },
  {
    kind: "effect",
    id: "event.previous",
    label: "wb.do.previousEvent",
    group: "mark",
    keys: ["ArrowUp"],
    whileTyping: ["Alt+ArrowUp"],
    scope: "global",
    run: (bench, focus) => {
      neighbour(bench, focus, -1);
    },
  },
  {
    kind: "effect",
    id: "event.next",
    label: "wb.do.nextEvent",
    group: "mark",
    keys: ["ArrowDown"],
    whileTyping: ["Alt+ArrowDown"],
    scope: "global",
    run: (bench, focus) => {
      neighbour(bench, focus, 1);
    },
  },
  {
    kind: "effect",
    id: "event.lanePrevious",
    label: "wb.do.previousEvent",
    group: "mark",
    keys: ["ArrowLeft"],
    scope: "event",
    run: (bench, focus) => {
      neighbour(bench, focus, -1);
    },
  },
  {
    kind: "effect",
    id: "event.laneNext",
    label: "wb.do.nextEvent",
    group: "mark",
    keys: ["ArrowRight"],
    scope: "event",
    run: (bench, focus) => {
      neighbour(bench, focus, 1);
    },
  },
  {
    kind: "edit",
    id: "event.moveLeft",
    label: "wb.do.moveLeft",
    group: "mark",
    keys: ["Alt+ArrowLeft"],
    scope: "event",
    repeats: true,
    undo: "merge",
    edit: (body, bench, focus) => moved(bench, body, focus.event ?? "", -1),
  },
  {
    kind: "edit",
    id: "event.moveRight",
    label: "wb.do.moveRight",
    group: "mark",
    keys: ["Alt+ArrowRight"],
    scope: "event",
    repeats: true,
    undo: "merge",
    edit: (body, bench, focus) => moved(bench, body, focus.event ?? "", 1),
  },
  {
    kind: "edit",
    id: "edge.left",
    label: "wb.do.edgeLeft",
    group: "mark",
    keys: ["ArrowLeft", "ArrowDown"],
    scope: "edge",
    repeats: true,
    undo: "merge",
    ...nudge(-1),
  },
  {
    kind: "edit",
    id: "edge.right",
    label: "wb.do.edgeRight",
    group: "mark",
    keys: ["ArrowRight", "ArrowUp"],
    scope: "edge",
    repeats: true,
    undo: "merge",
    ...nudge(1),
  },
  {
    kind: "edit",
    id: "edge.left10",
    label: "wb.do.edgeLeft10",
    group: "mark",
    keys: ["Shift+ArrowLeft", "PageDown"],
    scope: "edge",
    repeats: true,
    undo: "merge",
    ...nudge(-10),
  },
  {
    kind: "edit",
    id: "edge.right10",
    label: "wb.do.edgeRight10",
    group: "mark",
    keys: ["Shift+ArrowRight", "PageUp"],
    scope: "edge",
    repeats: true,
    undo: "merge",
    ...nudge(10),
  },
  {
    kind: "effect",
    id: "play.loop",
    label: "wb.do.loop",
    group: "play",
    keys: ["Shift+KeyL"],
    whileTyping: ["Mod+Shift+KeyL"],
    scope: "global",
    run: (bench) => {
      bench.view.setState((view) => ({ looping: !view.looping }));
    },
  },
  {
    kind: "effect",
    id: "event.gapFree",
    label: "wb.do.gapFree",
    group: "mark",
    keys: ["KeyU"],
    scope: "global",
    run: (bench) => {
      chooseGapFree(bench.view, !bench.view.getState().gapFree);
      bench.store.edit("wb.do.closeGaps", (body) => settled(bench, body));
    },
  },
  {
    kind: "effect",
    id: "view.others",
    label: "wb.do.others",
    group: "mark",
    keys: ["KeyV"],
    scope: "global",
    run: (bench) => {
      chooseOthers(bench.view, !bench.view.getState().others);
    },
  },
  {
    kind: "effect",
    id: "view.table",
    label: "wb.do.table",
    group: "document",
    keys: ["KeyT"],
    scope: "global",
    run: (bench) => {
      bench.view.setState((view) => ({ table: !view.table }));
    },
  },
];

export const eventActions: readonly Action<Bench>[] = actions.map(withoutGaps);

/** After an edge was set without a selection, the new event is the one that is worked on. */
function selectAtHead(bench: Bench): void {
  const { selected } = bench.view.getState();
  if (selected !== null && bench.store.body.events[selected]) return;
  bench.view.setState({ selected: eventAt(bench.store.body, gridHead(bench))?.id ?? null });
}
