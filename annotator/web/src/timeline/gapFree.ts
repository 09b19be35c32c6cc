/** Gap-free cutting: what a subject is visible in is covered by events without a hole, whatever is edited. Pure. */

import { eventsOf, type Body, type EventRecord } from "../editor/body";
import { moveEvent, neighbours, type Limits } from "./events";
import type { Span } from "./spans";

/** Stretches of grid frames to cover: where the subject is present, or everything while that is unknown. */
export function stretches(present: readonly Span[] | null, limits: Limits): readonly Span[] {
  return present ?? (limits.length > 0 ? [[0, limits.length - 1]] : []);
}

/**
 * Gives every hole of a stretch that has events to the event before it, and one at the stretch's beginning to its first
 * event. A stretch without events stays empty: there is nothing to stretch, and an empty caption helps nobody.
 */
export function closeGaps(body: Body, wanted: readonly Span[]): Body {
  const spans = new Map(eventsOf(body).map((event) => [event.id, [event.grid_start, event.grid_end] as [number, number]]));
  const order = [...spans.values()];
  for (const [first, last] of wanted) {
    const inside = order.filter(([start, end]) => start <= last && end >= first);
    const head = inside[0];
    if (!head) continue;
    head[0] = Math.min(head[0], first);
    inside.forEach((span, i) => {
      const next = inside[i + 1];
      // Events that overlap are for the person to part: neither is turned inside out.
      span[1] = next ? Math.max(span[0], next[0] - 1) : Math.max(span[1], last);
    });
  }
  const changed = Object.values(body.events).filter((event) => {
    const span = spans.get(event.id);
    return span && (span[0] !== event.grid_start || span[1] !== event.grid_end);
  });
  if (changed.length === 0) return body;
  const events: Record<string, EventRecord> = { ...body.events };
  for (const event of changed) {
    const [grid_start, grid_end] = spans.get(event.id) ?? [event.grid_start, event.grid_end];
    events[event.id] = { ...event, grid_start, grid_end };
  }
  return { ...body, events };
}

/** Slides a whole event by `delta`; neighbours that touch it give and take what it passes, and keep a frame each. */
export function slideEvent(body: Body, id: string, delta: number, limits: Limits): Body {
  const event = body.events[id];
  if (!event) return body;
  const { before, after } = neighbours(body, id);
  const touchesBefore = before?.grid_end === event.grid_start - 1;
  const touchesAfter = after?.grid_start === event.grid_end + 1;
  if (!touchesBefore && !touchesAfter) return moveEvent(body, id, delta, limits);
  const least = before ? (touchesBefore ? before.grid_start + 1 : before.grid_end + 1) : 0;
  const most = after ? (touchesAfter ? after.grid_end - 1 : after.grid_start - 1) : limits.length - 1;
  const by = Math.max(least - event.grid_start, Math.min(most - event.grid_end, delta));
  const [grid_start, grid_end] = [event.grid_start + by, event.grid_end + by];
  const events: Record<string, EventRecord> = { ...body.events, [id]: { ...event, grid_start, grid_end } };
  if (touchesBefore) events[before.id] = { ...before, grid_end: grid_start - 1 };
  if (touchesAfter) events[after.id] = { ...after, grid_start: grid_end + 1 };
  return { ...body, events };
}

