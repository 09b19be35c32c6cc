/** Where the subject is visible, and what the system will caption by itself. */

import type { EventRecord } from "../editor/body";
import { absentWithin, complement, type Span } from "../timeline/spans";

/** Grid frames that no event covers and in which the subject is absent; nothing while presence is unknown. */
export function filledSpans(events: readonly EventRecord[], present: readonly Span[] | null, length: number): Span[] {
  if (!present) return [];
  const covered = events.map((event): Span => [event.grid_start, event.grid_end]);
  return complement(covered, length).flatMap((span) => absentWithin(span, present));
}
