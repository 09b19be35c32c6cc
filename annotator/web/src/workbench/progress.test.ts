import { expect, test } from "vitest";

import type { Span } from "../timeline/spans";
import { carried, shareDone, toFollow } from "./progress";
import type { Masklet, Track } from "./wire";

const track = (given: Partial<Track>): Track => ({
  id: "t1",
  masklet_id: "m",
  version: 1,
  state: "done",
  pictures_done: 0,
  to_follow: null,
  stale: false,
  stale_spans: [],
  current: true,
  origin: "followed",
  created_at: "2026-01-01T00:00:00Z",
  prompted: 1,
  flags: [],
  presence: [[0, 99]],
  propagator: "flow",
  ...given,
});
const masklet = (given: Track | null): Masklet => ({
  id: "m",
  number: 1,
  label: "",
  state: "draft",
  video_id: "v",
  colour: 0,
  prompts: [],
  locks: [],
  track: given,
});

test("a new track follows what is outdated, inside of the range that is asked for", () => {
  const old = track({ stale_spans: [[10, 19], [40, 49]] });
  const inside = (span?: Span) => toFollow(old, span);
  expect(inside()).toBe(20);
  expect(inside([15, 42])).toBe(8);
  expect(inside([20, 39])).toBeNull();
  expect(toFollow(track({ state: "cancelled", stale_spans: [[0, 5]] }), undefined)).toBeNull();
  expect(toFollow(null, undefined)).toBeNull();
  expect(shareDone(track({ pictures_done: 4, to_follow: 8 }), 100)).toBe(0.5);
  expect(shareDone(track({ pictures_done: 4 }), 100)).toBe(0.04);
  expect(shareDone(track({ pictures_done: 9, to_follow: 8 }), 100)).toBe(1);
});

test("while a subject is followed again, presence and flags are those of the track before", () => {
  const flags = [{ picture_start: 3, picture_end: 4, why: "area" }] as const;
  const done = masklet(track({ flags }));
  const running = track({ id: "t2", version: 2, state: "running", presence: null, to_follow: 8 });
  const begun = carried(done, masklet(running));
  expect(begun.track).toMatchObject({ id: "t2", presence: [[0, 99]], flags, to_follow: 8 });
  const heard = { ...begun, track: begun.track && { ...begun.track, pictures_done: 5 } };
  const read = carried(heard, masklet({ ...running, to_follow: null }));
  expect(read.track).toMatchObject({ presence: [[0, 99]], flags, pictures_done: 5, to_follow: 8 });
  const ended = masklet(track({ id: "t2", version: 2, presence: [[0, 50]] }));
  expect(carried(read, ended)).toBe(ended);
  expect(carried(null, masklet(running)).track?.presence).toBeNull();
});
