import { expect, test, vi } from "vitest";

import type { Player } from "../player/player";
import { joined, type Span } from "../timeline/spans";
import { Subjects } from "./subjects";
import * as wire from "./wire";

const track = (given: Partial<wire.Track>): wire.Track => ({
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
const masklet = (given: Partial<wire.Masklet> = {}): wire.Masklet => ({
  id: "m",
  number: 1,
  label: "fox",
  state: "draft",
  video_id: "v",
  colour: 0,
  prompts: [],
  locks: [],
  track: track({}),
  ...given,
});

async function open(server: Partial<typeof wire>, first = masklet(), sure = vi.fn(() => true)) {
  const shown = new Map<number, string | null>();
  const player = {
    table: { count: 100 },
    playhead: 7,
    state: { subscribe: () => () => undefined },
    hold: () => 7,
    setStyles: () => undefined,
    setCandidate: () => undefined,
    addMasks: ({ start, counts }: Parameters<Player["addMasks"]>[0]) => { counts.forEach((each, i) => shown.set(start + i, each)); },
    forgetMasks: () => undefined,
    maskOf: (_id: string, picture: number) => Promise.resolve(shown.get(picture) ?? null),
  } as unknown as Player;
  const readMasks = vi.fn<typeof wire.readMasks>((_id, of, start, stop) =>
    Promise.resolve({
      track_id: of,
      height: 9,
      width: 9,
      given: of === "t3" ? 20 : null,
      frames: Array.from({ length: stop - start }, (_, i) => ({ picture: start + i, counts: of, score: 1 })),
    }),
  );
  const readMasklets = vi.fn(() => Promise.resolve([first]));
  const subjects = new Subjects("task", player, true, sure, { ...wire, readMasks, readMasklets, ...server });
  await subjects.load();
  await vi.waitFor(() => {
    if (first.track?.state === "done") expect(shown.get(99)).toBe(first.track.id);
  });
  return { subjects, shown, sure, readMasklets, readMasks, state: () => subjects.state.getState() };
}
const draw: typeof wire.draw = () => Promise.resolve({ counts: "drawn", area: 1 });

async function drawOn(subjects: Subjects, picture = 7): Promise<void> {
  await subjects.drafts.draw({ verb: "fill_holes" }, picture);
  await vi.waitFor(() => {
    expect(subjects.state.getState().draft?.waiting).toBe(false);
  });
}

test("a refused split or merge stays said: the subjects are not read again", async () => {
  const refused = new Error("Locked subjects are not merged.");
  const { subjects, state, readMasklets } = await open({ mergeMasklets: () => Promise.reject(refused), splitMasklet: () => Promise.reject(refused) });
  subjects.state.setState(({ masklets }) => ({ masklets: [...masklets, masklet({ id: "n" })] }));
  await subjects.merge("m", "n");
  expect(state().error).toBe(refused);
  await subjects.split("m", 5);
  expect(state().error).toBe(refused);
  expect(readMasklets).toHaveBeenCalledOnce();
  await subjects.load();
  expect(state().error).toBe(refused);
});

test("two quick changes of locks are both made", async () => {
  const putLocks = vi.fn((_id: string, locks: readonly Span[]) => Promise.resolve(masklet({ locks })));
  const { subjects, state } = await open({ putLocks });
  void subjects.lock("m", (locks) => joined(locks, [0, 4]));
  await subjects.lock("m", (locks) => joined(locks, [10, 14]));
  expect(state().masklets[0]?.locks).toEqual([[0, 4], [10, 14]]);
});

test("a version is restored over what was changed since only when the person is sure", async () => {
  const restoreTrack = vi.fn(() => Promise.resolve(masklet()));
  const stale = await open({ restoreTrack }, masklet({ track: track({ stale: true }) }), vi.fn(() => false));
  await stale.subjects.restore("m", 1);
  expect(stale.sure).toHaveBeenCalledOnce();
  expect(restoreTrack).not.toHaveBeenCalled();
  const fresh = await open({ restoreTrack }, masklet(), vi.fn(() => false));
  await fresh.subjects.restore("m", 1);
  expect(fresh.sure).not.toHaveBeenCalled();
  expect(restoreTrack).toHaveBeenCalledOnce();
});

test("while a mask is drawn, nothing that concerns the whole subject goes on, and nothing is lost", async () => {
  const startTrack = vi.fn<typeof wire.startTrack>(() => Promise.reject(new Error("not asked for")));
  const putPrompt = vi.fn<typeof wire.putPrompt>((_id, prompt) => Promise.resolve(masklet({ prompts: [prompt] })));
  const addMasklet = vi.fn(() => Promise.resolve(masklet({ id: "n", track: null })));
  const { subjects, state, sure } = await open({ draw, startTrack, putPrompt, addMasklet });
  await drawOn(subjects);
  const { draft } = state();
  await subjects.track("m");
  await subjects.restore("m", 1);
  await subjects.split("m", 3);
  await subjects.markAbsent();
  expect([startTrack.mock.calls, putPrompt.mock.calls, sure.mock.calls]).toEqual([[], [], []]);
  expect(state()).toMatchObject({ draft, refused: true });
  await subjects.add();
  expect(state()).toMatchObject({ draft, active: "n" });
  subjects.select("m");
  await subjects.drafts.accept();
  expect(putPrompt).toHaveBeenCalledWith("m", expect.objectContaining({ picture: 7, counts: "drawn" }));
  expect(state().draft).toBeNull();
});

test("an absence that the server refuses does not cost the clicks on that picture", async () => {
  const propose: typeof wire.propose = () => Promise.resolve({ candidates: [{ counts: "a", score: 1 }] });
  const putPrompt = vi.fn<typeof wire.putPrompt>().mockRejectedValueOnce(new Error("gone")).mockResolvedValueOnce(masklet());
  const { subjects, state } = await open({ propose, putPrompt });
  await subjects.drafts.click(1, 1, true);
  await subjects.markAbsent();
  expect(state().draft).not.toBeNull();
  await subjects.markAbsent();
  expect(state().draft).toBeNull();
});

test("a prompt that is removed gives its picture back to the track", async () => {
  const prompt = { picture: 7, points: [], box: null, counts: "drawn", absent: false };
  const { subjects, shown } = await open(
    { removePrompt: () => Promise.resolve(masklet()) },
    masklet({ prompts: [prompt], track: track({ stale: true }) }),
  );
  expect(shown.get(7)).toBe("drawn");
  await subjects.removePrompt(7);
  await vi.waitFor(() => {
    expect(shown.get(7)).toBe("t1");
  });
});

test("masks of a follow that was cancelled do not stay", async () => {
  const startTrack: typeof wire.startTrack = () => Promise.resolve(track({ id: "t2", version: 2, state: "running", presence: null }));
  const { subjects, shown, state } = await open({ startTrack });
  await subjects.track("m");
  expect(state().masklets[0]?.track).toMatchObject({ id: "t2", presence: [[0, 99]] });
  subjects.receive({ name: "masks", data: { track_id: "t2", given: 1, frames: [{ picture: 9, counts: "half", score: 1 }] } });
  expect(shown.get(9)).toBe("half");
  subjects.receive({ name: "track", data: track({ id: "t2", version: 2, state: "cancelled", presence: null }) });
  await vi.waitFor(() => {
    expect(shown.get(9)).toBe("t1");
  });
});

test("a page that opens while a subject is followed again knows what the last finished track says", async () => {
  const running = track({ id: "t3", version: 3, state: "running", presence: null });
  const older = [running, track({ id: "t2", version: 2, state: "failed", presence: null }), track({ presence: [[3, 5]] })];
  const { state } = await open({ readTracks: () => Promise.resolve(older) }, masklet({ track: running }));
  expect(state().masklets[0]?.track).toMatchObject({ id: "t3", presence: [[3, 5]] });
});

test("a page that opens while a subject is followed shows the masks so far once it hears of the next ones", async () => {
  const running = track({ id: "t3", version: 3, state: "running", presence: null });
  const { subjects, shown, state, readMasks } = await open({ readTracks: () => Promise.resolve([]) }, masklet({ track: running }));
  expect(readMasks).not.toHaveBeenCalled();
  subjects.opened();
  await vi.waitFor(() => {
    expect(shown.get(9)).toBe("t3");
  });
  expect(state().masklets[0]?.track?.pictures_done).toBe(20);
  const tell = (given: number, counts: string) => {
    subjects.receive({ name: "masks", data: { track_id: "t3", given, frames: [{ picture: 9, counts, score: 1 }] } });
  };
  tell(20, "before");
  expect(shown.get(9)).toBe("t3");
  tell(21, "after");
  expect(shown.get(9)).toBe("after");
});

test("a draft of a subject that is gone goes, too; one of a subject that is still there stays", async () => {
  const { subjects, state, readMasklets } = await open({ draw });
  await drawOn(subjects);
  await subjects.load();
  expect(state().draft).not.toBeNull();
  readMasklets.mockResolvedValueOnce([masklet({ id: "n" })]);
  await subjects.load();
  expect(state()).toMatchObject({ draft: null, active: "n" });
});

test("corners that are not closed hold up what concerns the whole subject; a box is of the picture it was begun on", async () => {
  const startTrack = vi.fn<typeof wire.startTrack>();
  const propose: typeof wire.propose = () => Promise.resolve({ candidates: [{ counts: "a", score: 1 }] });
  const { subjects, state } = await open({ startTrack, propose });
  let outlined: number | null = 3;
  subjects.drafts.watch(() => outlined);
  await subjects.track("m");
  expect(startTrack).not.toHaveBeenCalled();
  expect([state().refused, subjects.drafts.held]).toEqual([true, true]);
  await subjects.drafts.box({ x1: 1, y1: 1, x2: 9, y2: 9 }, 5);
  expect(state().draft).toBeNull();
  outlined = null;
  await subjects.drafts.box({ x1: 1, y1: 1, x2: 9, y2: 9 }, 5);
  expect(state().draft?.picture).toBe(5);
});
