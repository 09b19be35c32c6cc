/** Actions on tracks: a range of pictures to lock or to follow, flags to look at, versions, and cutting a subject in two. */

import type { Action } from "../editor/action";
import { covers, joined, without, type Span } from "../timeline/spans";
import type { Bench } from "./bench";
import type { Flag } from "./wire";

/** What lies under the playhead: the selected event, else the visible stretch. */
export function stretchHere(bench: Bench): Span | null {
  const { view, store, player, subjects } = bench;
  const { selected } = view.getState();
  const event = selected === null ? undefined : store.body.events[selected];
  if (event) {
    const after = player.table.grid[event.grid_end + 1] ?? player.table.count;
    return [player.table.pictureOfGrid(event.grid_start), after - 1];
  }
  const at = player.playhead;
  return subjects.active?.track?.presence?.find(([start, end]) => at >= start && at <= end) ?? null;
}

/** The range; without one, what lies under the playhead. */
export function spanHere(bench: Bench): Span | null {
  return bench.view.getState().range ?? stretchHere(bench);
}

/** What can be unlocked: the range, where some of it is locked; without one, the locked span at the playhead. */
export function lockedHere(bench: Bench): Span | null {
  const locks = bench.subjects.active?.locks ?? [];
  const { range } = bench.view.getState();
  if (range) return locks.some(([start, end]) => start <= range[1] && end >= range[0]) ? range : null;
  return locks.find((lock) => covers([lock], bench.player.playhead)) ?? null;
}

export function lockHere(bench: Bench): void {
  const { active } = bench.subjects;
  const span = spanHere(bench);
  if (active && span) void bench.subjects.lock(active.id, (locks) => joined(locks, span));
}

export function unlockHere(bench: Bench): void {
  const { active } = bench.subjects;
  const span = lockedHere(bench);
  if (active && span) void bench.subjects.lock(active.id, (locks) => without(locks, span));
}

export function followRange(bench: Bench): void {
  const { active } = bench.subjects;
  const { range, direction } = bench.view.getState();
  if (active && range) void bench.subjects.track(active.id, { span: range, direction });
}

export function splitHere(bench: Bench): void {
  const { active } = bench.subjects;
  if (active) void bench.subjects.split(active.id, bench.player.playhead);
}

/** The first flag after a picture, or the last one before it; null where there is none. */
export function flagFrom(flags: readonly Flag[], picture: number, by: 1 | -1): Flag | null {
  const sorted = [...flags].sort((a, b) => a.picture_start - b.picture_start);
  const found = by > 0 ? sorted.find((flag) => flag.picture_start > picture) : sorted.findLast((flag) => flag.picture_start < picture);
  return found ?? null;
}

function look(bench: Bench, by: 1 | -1): void {
  const flag = flagFrom(bench.subjects.active?.track?.flags ?? [], bench.player.playhead, by);
  if (flag) bench.player.show(flag.picture_start);
}

const some = (bench: Bench): boolean => bench.subjects.active !== null;
const flagged = (bench: Bench): boolean => (bench.subjects.active?.track?.flags.length ?? 0) > 0;
const masked = (bench: Bench): boolean => bench.subjects.active?.track?.state === "done";

const action = (id: string, label: Action<Bench>["label"], key: string, enabled: (bench: Bench) => boolean, run: (bench: Bench) => void): Action<Bench> => ({
  kind: "effect",
  id,
  label,
  group: "track",
  keys: [key],
  scope: "global",
  enabled,
  run,
});

export const trackActions: readonly Action<Bench>[] = [
  action("range.start", "wb.do.rangeStart", "KeyI", some, ({ view, player }) => {
    const { range } = view.getState();
    const at = player.playhead;
    view.setState({ range: [at, Math.max(at, range?.[1] ?? at)] });
  }),
  action("range.end", "wb.do.rangeEnd", "KeyO", some, ({ view, player }) => {
    const { range } = view.getState();
    const at = player.playhead;
    view.setState({ range: [Math.min(at, range?.[0] ?? at), at] });
  }),
  action("range.stretch", "wb.do.rangeStretch", "Shift+KeyI", (bench) => stretchHere(bench) !== null, (bench) => {
    bench.view.setState({ range: stretchHere(bench) });
  }),
  action("range.clear", "wb.do.rangeClear", "Shift+KeyO", ({ view }) => view.getState().range !== null, ({ view }) => {
    view.setState({ range: null });
  }),
  action("range.lock", "wb.do.lock", "KeyQ", (bench) => some(bench) && spanHere(bench) !== null, lockHere),
  action("range.unlock", "wb.do.unlock", "Shift+KeyQ", (bench) => lockedHere(bench) !== null, unlockHere),
  action("range.follow", "wb.do.follow", "Shift+KeyP", ({ view, subjects }) => view.getState().range !== null && subjects.active !== null, followRange),
  action("flag.next", "wb.do.nextFlag", "KeyF", flagged, (bench) => {
    look(bench, 1);
  }),
  action("flag.previous", "wb.do.previousFlag", "Shift+KeyF", flagged, (bench) => {
    look(bench, -1);
  }),
  action("version.before", "wb.do.versionBefore", "Alt+KeyZ", masked, ({ subjects }) => {
    if (subjects.active) void subjects.restoreBefore(subjects.active.id);
  }),
];

/** Only where subjects are chosen. */
export const splitActions: readonly Action<Bench>[] = [
  action("subject.split", "wb.do.splitSubject", "Shift+KeyX", masked, splitHere),
];
