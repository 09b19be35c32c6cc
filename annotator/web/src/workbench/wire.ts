/** Wire types of masklets, prompts and tracks, and the calls that change them. */

import { api } from "../api/client";
import { unwrap, unwrapMaybe } from "../api/error";
import type { components } from "../api/schema.gen";
import type { Span } from "../timeline/spans";

export interface PointRecord {
  readonly x: number;
  readonly y: number;
  readonly positive: boolean;
}

export interface BoxRecord {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

export interface PromptRecord {
  readonly picture: number;
  readonly points: readonly PointRecord[];
  readonly box: BoxRecord | null;
  readonly counts: string | null;
  readonly absent: boolean;
}

export type TrackState = "running" | "done" | "cancelled" | "failed";

export type Origin = components["schemas"]["TrackOrigin"];

/** Where a person should look, and why. */
export interface Flag {
  readonly picture_start: number;
  readonly picture_end: number;
  readonly why: "area" | "disagreement" | "unsure";
}

export interface Track {
  readonly id: string;
  readonly masklet_id: string;
  readonly version: number;
  readonly state: TrackState;
  readonly pictures_done: number;
  /** How many pictures it follows, where this page began it and knows. */
  readonly to_follow: number | null;
  readonly stale: boolean;
  /** Pictures that a new track would follow anew, end inclusive. */
  readonly stale_spans: readonly Span[];
  /** Its masks are the masklet's. */
  readonly current: boolean;
  readonly origin: Origin;
  readonly created_at: string;
  /** How many pictures were prompted. */
  readonly prompted: number;
  readonly flags: readonly Flag[];
  /** Present runs in pictures, end inclusive; null until it is known. */
  readonly presence: readonly Span[] | null;
  readonly propagator: string;
}

export interface Masklet {
  readonly id: string;
  readonly number: number;
  readonly label: string;
  readonly state: "draft" | "submitted" | "accepted" | "removed";
  readonly video_id: string;
  readonly colour: number;
  readonly prompts: readonly PromptRecord[];
  /** Spans whose masks no new track changes, end inclusive. */
  readonly locks: readonly Span[];
  readonly track: Track | null;
}

export interface Candidate {
  readonly counts: string;
  readonly score: number;
}

export interface MaskFrame {
  readonly picture: number;
  readonly counts: string | null;
  readonly score: number;
}

/** The masks of a running track as they come. */
export interface MaskBatch {
  readonly track_id: string;
  /** How many frames the track has given, with these. */
  readonly given: number;
  readonly frames: readonly MaskFrame[];
}

export interface MaskPage {
  readonly track_id: string;
  readonly height: number;
  readonly width: number;
  /** Of a track that is running: how many frames it had given. Null of one that has ended. */
  readonly given: number | null;
  readonly frames: readonly MaskFrame[];
}

/** As the client answers: a pair has become a list. */
type WireTrack = Omit<components["schemas"]["TrackOut"], "presence" | "stale_spans"> & {
  presence: number[][] | null;
  stale_spans: number[][];
};
type WireMasklet = Omit<components["schemas"]["MaskletOut"], "track" | "locks"> & { track: WireTrack | null; locks: number[][] };

const spansOf = (pairs: number[][]) => pairs.map(([first = 0, last = 0]): Span => [first, last]);
/** A track of an event is one of these, too. */
export const trackOf = (track: WireTrack): Track => ({
  ...track,
  to_follow: null,
  presence: track.presence && spansOf(track.presence),
  stale_spans: spansOf(track.stale_spans),
});
const maskletOf = (masklet: WireMasklet): Masklet => ({
  ...masklet,
  locks: spansOf(masklet.locks),
  track: masklet.track && trackOf(masklet.track),
});
const masklet = async (call: Parameters<typeof unwrap<WireMasklet>>[0]): Promise<Masklet> => maskletOf(await unwrap(call));

const of = (masklet_id: string) => ({ params: { path: { masklet_id } } });

export const readMasklets = async (task_id: string): Promise<readonly Masklet[]> => {
  const page = await unwrap(api.GET("/api/tasks/{task_id}/masklets", { params: { path: { task_id } } }));
  return page.items.map(maskletOf);
};
export const addMasklet = (task_id: string, label: string) =>
  masklet(api.POST("/api/tasks/{task_id}/masklets", { params: { path: { task_id } }, body: { label } }));
export const renameMasklet = (id: string, label: string) =>
  masklet(api.PATCH("/api/masklets/{masklet_id}", { ...of(id), body: { label } }));
export const removeMasklet = (id: string) => unwrapMaybe(api.DELETE("/api/masklets/{masklet_id}", of(id)));

export const propose = (
  id: string,
  body: { picture: number; points: readonly PointRecord[]; box: BoxRecord | null },
  signal: AbortSignal,
) => unwrap<{ candidates: Candidate[] }>(api.POST("/api/masklets/{masklet_id}/proposals", { ...of(id), body: { ...body, points: [...body.points] }, signal }));

/** One thing that was drawn, as the server reads it; points and radius in proxy pixels. */
export type DrawingStep =
  | { readonly verb: "add" | "erase"; readonly stroke: readonly Pixel[]; readonly radius: number }
  | { readonly verb: "add" | "erase"; readonly polygon: readonly Pixel[] }
  | { readonly verb: "fill_holes" | "largest" }
  | { readonly verb: "remove_specks"; readonly min_area: number };
/** x, y */
export type Pixel = readonly [number, number];

/** The mask that the steps make of `counts`, or of nothing. Nothing is stored. */
export const draw = (
  id: string,
  drawing: { picture: number; counts: string | null; steps: readonly DrawingStep[] },
  signal: AbortSignal,
) => {
  const body = drawing as components["schemas"]["DrawingIn"];
  return unwrap<{ counts: string; area: number }>(api.POST("/api/masklets/{masklet_id}/drawings", { ...of(id), body, signal }));
};

const at = (masklet_id: string, picture: number) => ({ params: { path: { masklet_id, picture } } });

export const putPrompt = (id: string, prompt: PromptRecord) =>
  masklet(api.PUT("/api/masklets/{masklet_id}/prompts/{picture}", { ...at(id, prompt.picture), body: { ...prompt, points: [...prompt.points] } }));
export const removePrompt = (id: string, picture: number) =>
  masklet(api.DELETE("/api/masklets/{masklet_id}/prompts/{picture}", at(id, picture)));

export type Direction = "forward" | "backward" | "both";

/** Without `range`, the whole video. */
export const startTrack = async (id: string, range?: { span: Span; direction: Direction }) => {
  const body = range ? { picture_start: range.span[0], picture_end: range.span[1], direction: range.direction } : null;
  return trackOf(await unwrap(api.POST("/api/masklets/{masklet_id}/tracks", { ...of(id), body })));
};
/** All versions of the masks, the newest first. */
export const readTracks = async (id: string): Promise<readonly Track[]> => {
  const page = await unwrap(api.GET("/api/masklets/{masklet_id}/tracks", of(id)));
  return page.items.map(trackOf);
};
export const restoreTrack = (masklet_id: string, version: number) =>
  masklet(api.POST("/api/masklets/{masklet_id}/tracks/{version}/restore", { params: { path: { masklet_id, version } } }));
export const putLocks = (id: string, spans: readonly Span[]) =>
  masklet(api.PUT("/api/masklets/{masklet_id}/locks", { ...of(id), body: { spans: spans.map(([a, b]) => [a, b] as [number, number]) } }));

/** The picture and what is after it become a new subject. */
export const splitMasklet = (id: string, picture: number) =>
  unwrap(api.POST("/api/masklets/{masklet_id}/split", { ...of(id), body: { picture, label: "" } }));
/** The other one's masks are added; the other one is removed. */
export const mergeMasklets = (id: string, other_id: string) =>
  unwrap(api.POST("/api/masklets/{masklet_id}/merge", { ...of(id), body: { other_id } }));
export const cancelTrack = (track_id: string) =>
  unwrapMaybe(api.POST("/api/tracks/{track_id}/cancel", { params: { path: { track_id } } }));

/** Masks of pictures [start, stop), at most 256 of them. */
export const readMasks = (id: string, track: string, start: number, stop: number, signal: AbortSignal) =>
  unwrap<MaskPage>(
    api.GET("/api/masklets/{masklet_id}/masks", {
      params: { path: { masklet_id: id }, query: { start, stop, track } },
      signal,
    }),
  );
