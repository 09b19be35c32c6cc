/**
 * The checks of an event among the others that need no server: too short for the model's frames, seen by none of them,
 * or captioned like another one. The same codes as annotator/tasktypes/events.py and annotator/quality/text.py.
 */

import type { EventRecord } from "../editor/body";
import type { Check } from "./captionChecks";

/** Frames of a clip that the model sees. */
export const SAMPLED = 32;

/** Codes that are found here: the server's problems with these codes are not shown twice. */
export const EVENT_CODES: ReadonlySet<string> = new Set(["too_short", "repeated"]);

export const words = (caption: string): string => caption.trim().split(/\s+/).join(" ").toLocaleLowerCase();

/**
 * The grid frames that the model sees of a clip of `length` grid frames at 6 a second, as model/data/sampling.py
 * chooses them: a second apart, thinned evenly when they are too many; evenly over all when they are too few.
 */
export function sampledGrid(length: number): number[] {
  const candidates = Array.from({ length: Math.ceil(length / 6) }, (_, second) => second * 6);
  if (candidates.length >= SAMPLED) return spread(candidates.length, SAMPLED).map((at) => candidates[at] ?? 0);
  return spread(length, Math.min(SAMPLED, length));
}

function spread(size: number, chosen: number): number[] {
  if (chosen <= 1) return size > 0 ? [0] : [];
  return Array.from({ length: chosen }, (_, at) => roundHalfEven((at * (size - 1)) / (chosen - 1)));
}

/** As Python rounds. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** What is worth a word about one event of `events` (in the order of time) in a clip of `length` grid frames. */
export function eventChecks(event: EventRecord, events: readonly EventRecord[], length: number): Check[] {
  const found: Check[] = [];
  const span = event.grid_end - event.grid_start + 1;
  if (span * SAMPLED < length) {
    found.push({ code: "too_short", message: "wb.check.short", vars: { length: span, sampled: SAMPLED }, severity: "warning" });
  } else if (!sampledGrid(length).some((grid) => grid >= event.grid_start && grid <= event.grid_end)) {
    found.push({ code: "unseen", message: "wb.check.unseen", vars: {}, severity: "warning" });
  }
  const own = words(event.caption);
  const earlier = events.some((other) => other.id !== event.id && isBefore(other, event) && words(other.caption) === own);
  if (own !== "" && earlier) found.push({ code: "repeated", message: "wb.check.repeated", vars: {}, severity: "warning" });
  return found;
}

function isBefore(a: EventRecord, b: EventRecord): boolean {
  return a.grid_start < b.grid_start || (a.grid_start === b.grid_start && a.id < b.id);
}
