import { expect, test, vi } from "vitest";

import { createStore } from "zustand/vanilla";

import type { FrameTable } from "../player/frameTable";
import type { MaskChunk } from "../player/messages";
import type { PlayerState } from "../player/player";
import { CHUNK, MaskLoader } from "./maskLoader";
import type { MaskPage, PromptRecord } from "./wire";

const said = (picture: number, counts: string | null): PromptRecord => ({ picture, counts, points: [], box: null, absent: counts === null });

/** A film of so many chunks whose masks come when the test says so; the playhead is on the second one. */
function film(chunks = 3, limit?: number) {
  const masks = new Map<number, string | null>();
  const open: { start: number; come: () => void; fail: (error: Error) => void }[] = [];
  const read = vi.fn((_id: string, track: string, start: number, stop: number, signal: AbortSignal): Promise<MaskPage> => {
    const frames = Array.from({ length: stop - start }, (_, i) => ({ picture: start + i, counts: `${track}:${start + i}`, score: 1 }));
    return new Promise((resolve, reject) => {
      const given = track === "runs" ? 40 : null;
      if (given !== null) frames.splice(9); // the others are still to be followed
      open.push({ start, fail: reject, come: () => { resolve({ track_id: track, height: 9, width: 9, given, frames }); } });
      signal.addEventListener("abort", () => { reject(new Error("aborted")); });
    });
  });
  const player = {
    table: { count: chunks * CHUNK } as FrameTable,
    playhead: CHUNK,
    state: createStore(() => ({ shown: CHUNK }) as PlayerState),
    addMasks: ({ start, counts }: MaskChunk) => { counts.forEach((each, i) => masks.set(start + i, each)); },
    forgetMasks: (_subject: string, pictures: readonly [number, number] | null = null) => {
      const [start, stop] = pictures ?? [0, chunks * CHUNK];
      for (let picture = start; picture < stop; picture += 1) masks.delete(picture);
    },
  };
  const go = (picture: number): void => {
    player.playhead = picture;
    player.state.setState({ shown: picture });
  };
  const onError = vi.fn();
  const loader = new MaskLoader(player, onError, read, limit);
  /** The next chunk that is asked for comes. */
  const come = async (): Promise<number> => {
    const next = await vi.waitFor(() => {
      expect(open).not.toHaveLength(0);
      return open.shift();
    });
    next?.come();
    await Promise.resolve();
    return next?.start ?? -1;
  };
  return { loader, masks, read, open, come, onError, go };
}
const none = () => [];

test("the playhead's chunk comes first, and a track is loaded once", async () => {
  const { loader, masks, read, come } = film();
  loader.load("m", "t", none);
  expect([await come(), await come(), await come()]).toEqual([CHUNK, 0, 2 * CHUNK]);
  await vi.waitFor(() => {
    expect(masks.get(3 * CHUNK - 1)).toBe(`t:${3 * CHUNK - 1}`);
  });
  loader.load("m", "t", none);
  expect(read).toHaveBeenCalledTimes(3);
});

test("what is prompted while a chunk is on its way lies over it, an absence too", async () => {
  const { loader, masks, come } = film();
  let prompts: PromptRecord[] = [];
  loader.load("m", "t", () => prompts);
  prompts = [said(CHUNK + 1, "drawn"), said(CHUNK + 2, null)];
  await come();
  await vi.waitFor(() => {
    expect([0, 1, 2].map((i) => masks.get(CHUNK + i))).toEqual([`t:${CHUNK}`, "drawn", null]);
  });
});

test("after other masks were put there the same track is loaded again", async () => {
  const { loader, masks, come } = film();
  loader.load("m", "t", none);
  for (let i = 0; i < 3; i += 1) await come();
  masks.set(5, "of a track that was cancelled");
  loader.outdate("m");
  loader.load("m", "t", none);
  for (let i = 0; i < 3; i += 1) await come();
  await vi.waitFor(() => {
    expect(masks.get(5)).toBe("t:5");
  });
});

test("a mask is waited for until its chunk is there, ahead of the others, also when another track takes over", async () => {
  const { loader, masks, open, read } = film();
  loader.load("m", "t", none);
  let ready = false;
  const waiting = loader.ready("m", 2 * CHUNK + 3).then(() => {
    ready = true;
  });
  expect(read.mock.calls.map(([, track, start]) => [track, start])).toEqual([
    ["t", CHUNK],
    ["t", 2 * CHUNK],
  ]);
  open.splice(0);
  loader.load("m", "u", none);
  await vi.waitFor(() => {
    expect(open.map(({ start }) => start)).toEqual([CHUNK, 2 * CHUNK]);
  });
  expect(ready).toBe(false);
  open[1]?.come();
  await waiting;
  expect(masks.get(2 * CHUNK + 3)).toBe(`u:${2 * CHUNK + 3}`);
  await loader.ready("nobody", 3);
});

test("a chunk that did not come is asked for again by who needs it, and by the next load", async () => {
  const { loader, open, onError, come } = film();
  loader.load("m", "t", none);
  const waiting = loader.ready("m", CHUNK);
  open.shift()?.fail(new Error("gone"));
  await expect(waiting).rejects.toThrow("gone");
  await vi.waitFor(() => {
    expect(onError).toHaveBeenCalledOnce();
  });
  const again = loader.ready("m", CHUNK);
  expect(await come()).toBe(CHUNK);
  await again;
  loader.load("m", "t", none);
  expect(await come()).toBe(CHUNK);
});

test("what a running track tells while a chunk is on its way is neither lost nor told twice", async () => {
  const { loader, masks, come } = film();
  const onGiven = vi.fn();
  const tell = (picture: number, given: number) => {
    if (loader.isNews("m", "runs", picture, given, "told")) masks.set(picture, `told:${given}`);
  };
  masks.set(CHUNK + 20, "old");
  loader.load("m", "runs", none, onGiven);
  tell(CHUNK + 3, 32);
  tell(CHUNK + 5, 64);
  await come();
  await vi.waitFor(() => {
    expect(onGiven).toHaveBeenCalledWith(40);
  });
  expect([3, 4, 5, 6].map((place) => masks.get(CHUNK + place))).toEqual([
    `runs:${CHUNK + 3}`, `runs:${CHUNK + 4}`, "told:64", `runs:${CHUNK + 6}`,
  ]);
  expect(masks.get(CHUNK + 20)).toBe("old");
  tell(CHUNK + 6, 40); // the chunk had it
  tell(CHUNK + 4, 64);
  expect([masks.get(CHUNK + 6), masks.get(CHUNK + 4)]).toEqual([`runs:${CHUNK + 6}`, "told:64"]);
});

/** Bytes of a chunk of ten signs a mask, by what the loader counts for each. */
const CHUNK_BYTES = CHUNK * (64 + 10);

test("a long film's masks are held about the playhead, in so many bytes and no more, and follow it", async () => {
  const { loader, masks, read, open, go } = film(40, 6 * CHUNK_BYTES);
  const all = async (): Promise<void> => {
    for (let quiet = 0; quiet < 5; quiet += 1) {
      for (const { come } of open.splice(0)) {
        come();
        quiet = 0;
      }
      await Promise.resolve();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  const there = (): number[] => [...new Set([...masks.keys()].map((picture) => Math.floor(picture / CHUNK)))].sort((a, b) => a - b);
  loader.load("m", "t", none);
  await all();
  expect(there()[0]).toBe(0);
  expect(there()).toEqual(there().map((_, i) => i));
  expect(there().length).toBeGreaterThanOrEqual(5);
  expect(loader.bytes).toBeLessThanOrEqual(6 * CHUNK_BYTES);

  go(20 * CHUNK + 7);
  await all();
  expect(loader.bytes).toBeLessThanOrEqual(6 * CHUNK_BYTES);
  expect(there()).toEqual(expect.arrayContaining([18, 19, 20, 21, 22]));
  expect(Math.min(...there())).toBeGreaterThanOrEqual(17);
  expect(masks.get(20 * CHUNK + 7)).toBe(`t:${20 * CHUNK + 7}`);

  // Standing still asks for nothing more; one chunk on asks for what is new there, and for little else.
  const asked = read.mock.calls.length;
  go(20 * CHUNK + 9);
  await all();
  expect(read).toHaveBeenCalledTimes(asked);
  go(21 * CHUNK);
  await all();
  expect(read.mock.calls.length - asked).toBeLessThanOrEqual(2);

  // What a running track tells of far away is not taken, and comes with its chunk.
  const large = "0".repeat(CHUNK_BYTES);
  expect(loader.isNews("m", "t", 39 * CHUNK, 7, large)).toBe(false);
  expect(loader.isNews("m", "t", 21 * CHUNK, 7, large)).toBe(true);
  expect(loader.bytes).toBeLessThanOrEqual(6 * CHUNK_BYTES);

  // Who draws on a mask gets it, wherever it lies.
  go(2 * CHUNK);
  const drawn = loader.ready("m", 2 * CHUNK + 3);
  await all();
  await drawn;
  expect(masks.get(2 * CHUNK + 3)).toBe(`t:${2 * CHUNK + 3}`);
  loader.forget("m");
  expect([loader.bytes, masks.size]).toEqual([0, 0]);
});
