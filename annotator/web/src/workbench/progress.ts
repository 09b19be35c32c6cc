/** What is known of a subject while it is followed again: how much there is to do, and what the track before it says. */

import type { Span } from "../timeline/spans";
import type { Masklet, Track } from "./wire";

/** How many pictures a new track follows after `before`, in `span` or everywhere; null where the page cannot tell. */
export function toFollow(before: Track | null, span: Span | undefined): number | null {
  if (before?.state !== "done") return null;
  const [from, to] = span ?? [0, Number.POSITIVE_INFINITY];
  const inside = before.stale_spans.map(([start, end]) => Math.max(0, Math.min(end, to) - Math.max(start, from) + 1));
  return inside.reduce((sum, each) => sum + each, 0) || null;
}

/** From 0 to 1. */
export function shareDone(track: Track, pictures: number): number {
  return Math.min(1, track.pictures_done / (track.to_follow ?? pictures));
}

/**
 * A masklet as it is read anew. While it is followed, presence and flags are those of the last track that says some, and
 * what this page has heard of its progress holds.
 */
export function carried(before: Masklet | null, masklet: Masklet): Masklet {
  const [old, track] = [before?.track, masklet.track];
  if (!old || track?.state !== "running") return masklet;
  const presence = track.presence ?? old.presence;
  const flags = track.presence ? track.flags : old.flags;
  if (old.id !== track.id) return { ...masklet, track: { ...track, presence, flags } };
  const pictures_done = Math.max(old.pictures_done, track.pictures_done);
  return { ...masklet, track: { ...track, presence, flags, pictures_done, to_follow: track.to_follow ?? old.to_follow } };
}
