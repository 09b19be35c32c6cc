/** What can be done to events: pure functions from document to document. Grid frames, end inclusive, never overlapping. */

import { eventsOf, newId, type Body, type EventRecord } from "../editor/body";

export type Edge = "start" | "end";

export interface Limits {
  /** Number of grid frames. */
  readonly length: number;
}

function put(body: Body, ...events: readonly EventRecord[]): Body {
  const all = { ...body.events };
  for (const event of events) all[event.id] = event;
  return { ...body, events: all };
}

/** The events just before and just after one. */
export function neighbours(body: Body, id: string): { before: EventRecord | null; after: EventRecord | null } {
  const ordered = eventsOf(body);
  const at = ordered.findIndex((event) => event.id === id);
  return { before: at > 0 ? (ordered[at - 1] ?? null) : null, after: at >= 0 ? (ordered[at + 1] ?? null) : null };
}

/**
 * Moves an edge to grid frame `to`. An edge that is shared with a contiguous event moves both (`roll`); else it stops
 * at the neighbour. Every event keeps at least one grid frame.
 */
export function moveEdge(body: Body, id: string, edge: Edge, to: number, limits: Limits, roll = true): Body {
  const event = body.events[id];
  if (!event) return body;
  const { before, after } = neighbours(body, id);
  if (edge === "start") {
    const shared = before !== null && before.grid_end === event.grid_start - 1;
    const least = shared && roll ? before.grid_start + 1 : before ? before.grid_end + 1 : 0;
    const start = Math.max(least, Math.min(event.grid_end, to));
    const moved = { ...event, grid_start: start };
    return shared && roll ? put(body, moved, { ...before, grid_end: start - 1 }) : put(body, moved);
  }
  const shared = after !== null && after.grid_start === event.grid_end + 1;
  const most = shared && roll ? after.grid_end - 1 : after ? after.grid_start - 1 : limits.length - 1;
  const end = Math.min(most, Math.max(event.grid_start, to));
  const moved = { ...event, grid_end: end };
  return shared && roll ? put(body, moved, { ...after, grid_start: end + 1 }) : put(body, moved);
}

/** Moves a whole event by `delta` grid frames, up to its neighbours and the film's ends. */
export function moveEvent(body: Body, id: string, delta: number, limits: Limits): Body {
  const event = body.events[id];
  if (!event) return body;
  const { before, after } = neighbours(body, id);
  const least = (before ? before.grid_end + 1 : 0) - event.grid_start;
  const most = (after ? after.grid_start - 1 : limits.length - 1) - event.grid_end;
  const by = Math.max(least, Math.min(most, delta));
  return put(body, { ...event, grid_start: event.grid_start + by, grid_end: event.grid_end + by });
}

/** Cuts an event in two so that the second begins at grid frame `at`; the caption stays with the first. */
export function splitEvent(body: Body, id: string, at: number, newEventId = newId()): Body {
  const event = body.events[id];
  if (!event || at <= event.grid_start || at > event.grid_end) return body;
  return put(
    body,
    { ...event, grid_end: at - 1 },
    { id: newEventId, grid_start: at, grid_end: event.grid_end, caption: "" },
  );
}

/** Joins an event with the one after it; what lies between them comes along, and so do both captions. */
export function mergeWithNext(body: Body, id: string): Body {
  const event = body.events[id];
  const { after } = neighbours(body, id);
  if (!event || !after) return body;
  const caption = [event.caption.trim(), after.caption.trim()].filter((text) => text !== "").join(" ");
  const merged = put(body, { ...event, grid_end: after.grid_end, caption });
  return removeEvent(merged, after.id);
}

export function removeEvent(body: Body, id: string): Body {
  const events = { ...body.events };
  Reflect.deleteProperty(events, id);
  return { ...body, events };
}

/** A new event over the free stretch around grid frame `at`, no further than `within` where that is given. */
export function addEvent(body: Body, at: number, limits: Limits, within: readonly [number, number] | null, id = newId()): Body {
  if (eventAt(body, at)) return body;
  let start = within?.[0] ?? 0;
  let end = within?.[1] ?? limits.length - 1;
  for (const event of eventsOf(body)) {
    if (event.grid_end < at) start = Math.max(start, event.grid_end + 1);
    if (event.grid_start > at) end = Math.min(end, event.grid_start - 1);
  }
  if (at < 0 || at >= limits.length || start > at || end < at) return body;
  return put(body, { id, grid_start: start, grid_end: end, caption: "" });
}

/** Sets an edge to the playhead; an edge that would cross the other one takes it along, so that `[` and `]` never fail. */
export function setEdge(body: Body, id: string, edge: Edge, at: number, limits: Limits): Body {
  const event = body.events[id];
  if (!event) return body;
  if (edge === "start" && at > event.grid_end) {
    const stretched = moveEdge(body, id, "end", at, limits, false);
    return moveEdge(stretched, id, "start", at, limits);
  }
  if (edge === "end" && at < event.grid_start) {
    const stretched = moveEdge(body, id, "start", at, limits, false);
    return moveEdge(stretched, id, "end", at, limits);
  }
  return moveEdge(body, id, edge, at, limits);
}

export function setCaption(body: Body, id: string, caption: string): Body {
  const event = body.events[id];
  return event ? put(body, { ...event, caption }) : body;
}

export function eventAt(body: Body, grid: number): EventRecord | null {
  return eventsOf(body).find((event) => event.grid_start <= grid && event.grid_end >= grid) ?? null;
}

/** The nearest of `targets` within `reach` of `to`, else `to` itself. */
export function snap(to: number, targets: readonly number[], reach: number): number {
  let best = to;
  let distance = reach + 1;
  for (const target of targets) {
    const away = Math.abs(target - to);
    if (away < distance) {
      best = target;
      distance = away;
    }
  }
  return best;
}
